"""Results as one plain value for JSON: what HTML, page and workbook show.

plain: numbers and days as plain values
build_list: the ranked list of what to build and which plans to doubt
score_tables: how good the methods were
curves: loss curves of the network behind a forecast
horizons: how the horizons hang together over all parts
findings: what was found in the input
part_pages: plans, call-offs and past forecasts of each part
summarise: all of them together
"""
