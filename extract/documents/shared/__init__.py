"""What readers of several formats need: which format bytes are, their text encoding, ZIP packages, blocks in order."""
