# First steps with a release in R. Needs: install.packages(c("arrow", "dplyr", "tidyr", "ggplot2"))
# Run from the folder of a release, or give it: Rscript first_steps.R path/to/releases/VERSION

library(arrow)
library(dplyr)

arguments <- commandArgs(trailingOnly = TRUE)
release <- if (length(arguments) > 0) arguments[1] else "."
panel <- read_parquet(file.path(release, "panel.parquet"))

# The sample release holds an invented province (synthetic is TRUE): never analyse it.
real <- panel |> filter(!synthetic)

# A missing value is not zero. _zero says where an empty figure can only be 0 by the report's own arithmetic.
real |> count(year, form, missing = is.na(refused_exempt_2019)) |> print(n = 50)

# Keep what is confirmed and not contradicted by the report's own arithmetic, and see what that costs.
kept <- real |> filter(requests_decided_read == "confirmed", requests_decided_ok != "broken")
message(nrow(real) - nrow(kept), " of ", nrow(real), " rows dropped")

# Pool by adding numerators and denominators of the same rows; never average ratios, never sum across levels.
kept |>
  filter(!is.na(refused_exempt_2019), !is.na(requests_decided)) |>
  group_by(year) |>
  summarise(reports = n(), share = sum(refused_exempt_2019) / sum(requests_decided)) |>
  print()

# Every printed figure, one row each, without loading all of it.
open_dataset(file.path(release, "observations")) |>
  filter(jurisdiction_code == "340102", year == 2019, applicant == "total", consistency == "broken") |>
  select(indicator, value, value_text, reading, locator) |>
  collect() |>
  print(n = 50)

# The series of one unit; a line is broken where the form changes (a column with the suffix _2014 or _2019 never crosses it).
if (requireNamespace("ggplot2", quietly = TRUE)) {
  library(ggplot2)
  series <- panel |> filter(unit_id == "CN-990102")
  plot <- ggplot(series, aes(year, requests_received, group = form, shape = requests_received_ok)) +
    geom_line() + geom_point() + labs(title = "Requests received", y = NULL)
  ggsave("requests_received.png", plot, width = 7, height = 4)
}
