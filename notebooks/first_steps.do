* First steps with a release in Stata 14 or later. Run from the folder of a release:  do first_steps.do
version 14
clear all
set more off

* Labels in both languages: label language en / zh shows them.
use "exports/panel.dta", clear
describe, short
label language

* The sample release holds an invented province (synthetic is 1): never analyse it.
drop if synthetic == 1

* A missing value is not zero, and says why: .a the form has no such item, .b the report does not print it,
* .c it is printed but blank or no number, .d no figure can be formed.
misstable summarize requests_received requests_decided refused_exempt_2019, all
tabulate year if refused_exempt_2019 == .b

* Keep what is confirmed and not contradicted by the report's own arithmetic, and see what that costs.
decode requests_decided_read, generate(reading)
decode requests_decided_ok, generate(arithmetic)
tabulate reading arithmetic, missing

* Pool by adding numerators and denominators of the same rows; never average ratios, never sum across levels.
preserve
drop if missing(refused_exempt_2019, requests_decided)
collapse (sum) refused_exempt_2019 requests_decided (count) reports = requests_decided, by(year)
generate share = refused_exempt_2019 / requests_decided
list year reports share, noobs
restore

* The series of one unit, where the release has more than one of its years. Forms change: never join suffixes _2014 and _2019.
egen unit = group(unit_id), label
xtset unit year
