* First steps with a release in Stata 14 or later. Run from the folder of a release:  do first_steps.do
version 14
clear all
set more off

* Labels are in English and Chinese; a flag is a number with a label, whose first word is the value of the Parquet file.
use "exports/panel.dta", clear
describe, short
label list

* The sample release holds an invented province (synthetic is 1): never analyse it.
preserve
drop if synthetic == 1

* A missing value is not zero, and says why: .a the form has no such item, .b the report does not print it, .c it is printed
* blank, .d no figure can be formed, .e it is printed and is not one number.
misstable summarize requests_received requests_decided refused_exempt_2019, all
tabulate year if refused_exempt_2019 == .b

* Keep what is confirmed and not contradicted by the report's own arithmetic, and see what that costs.
decode requests_decided_read, generate(reading)
decode requests_decided_ok, generate(arithmetic)
tabulate reading arithmetic, missing
keep if strpos(reading, "confirmed") == 1 & strpos(arithmetic, "broken") != 1

* Pool by adding numerators and denominators of the same rows; never average ratios, never sum across levels.
drop if missing(refused_exempt_2019, requests_decided)
collapse (sum) refused_exempt_2019 requests_decided (count) reports = requests_decided, by(year)
generate share = refused_exempt_2019 / requests_decided
list year reports share, noobs
restore

* The series of one unit. Forms change: never join the suffixes _2014 and _2019, and break the line where form changes.
keep if unit_id == "CN-990102"
sort year
twoway (connected requests_received year, cmissing(n)), by(form) title("Requests received, CN-990102")
graph export "requests_received.png", replace
