# First steps with a release in R. Base R is enough. With the package arrow it reads the Parquet files, else the CSV files.
# Run from the folder of a release, or give it: Rscript first_steps.R path/to/releases/VERSION

arguments <- commandArgs(trailingOnly = TRUE)
release <- if (length(arguments) > 0) arguments[1] else "."
with_arrow <- requireNamespace("arrow", quietly = TRUE)

panel <- if (with_arrow) {
  as.data.frame(arrow::read_parquet(file.path(release, "panel.parquet")))
} else {
  read.csv(file.path(release, "exports/panel.csv"), fileEncoding = "UTF-8-BOM", na.strings = "",
           colClasses = c(jurisdiction_code = "character"))
}

# The sample release holds an invented province (synthetic is TRUE): never analyse it.
real <- subset(panel, !synthetic)

# A missing value is not zero. _zero says where an empty figure can only be 0 by the report's own arithmetic.
print(table(real$year, ifelse(is.na(real$refused_exempt_2019), "missing", "printed")))

# Keep what is confirmed and not contradicted by the report's own arithmetic, and see what that costs.
kept <- subset(real, requests_decided_read == "confirmed" & requests_decided_ok != "broken")
message(nrow(real) - nrow(kept), " of ", nrow(real), " rows dropped")

# Pool by adding numerators and denominators of the same rows; never average ratios, never sum across levels.
both <- subset(kept, !is.na(refused_exempt_2019) & !is.na(requests_decided))
if (nrow(both) > 0) {
  pooled <- aggregate(cbind(refused_exempt_2019, requests_decided) ~ year, both, sum)
  print(transform(pooled, share = refused_exempt_2019 / requests_decided))
}

# Every printed figure, one row each: what does not add up in one report, and where it stands.
if (with_arrow) {
  observations <- as.data.frame(arrow::read_parquet(file.path(release, "observations/observations-2019.parquet")))
  told <- c("indicator", "value", "value_text", "reading", "locator")
  print(subset(observations, jurisdiction_code == "340102" & applicant == "total" & consistency == "broken", select = told))
} else {
  message("install.packages(\"arrow\") to read the Parquet files: every printed figure is in observations/")
}

# The series of one unit. Its line breaks where a year is missing and where the form changes; a column with the suffix
# _2014 or _2019 never crosses a change. What does not add up is hollow.
series <- subset(panel, unit_id == "CN-990102")
series <- series[order(series$year), ]
png("requests_received.png", width = 700, height = 400)
plot(series$year, series$requests_received, pch = ifelse(series$requests_received_ok %in% "broken", 0, 16),
     xlab = "", ylab = "", main = "Requests received, CN-990102", ylim = c(0, max(series$requests_received, na.rm = TRUE)))
for (one in split(series, series$form)) {
  lines(seq(min(one$year), max(one$year)), one$requests_received[match(seq(min(one$year), max(one$year)), one$year)])
}
invisible(dev.off())
