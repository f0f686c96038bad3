"""From schemas and forms to the codebook: labels, what was printed, shares, why a figure is missing."""
