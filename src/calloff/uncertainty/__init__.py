"""How sure a forecast is: its distribution, calibrated on past errors.

levels: the levels at which quantiles are learned
weighted: quantiles of weighted values
conformal: quantiles from past errors, on plain arrays
distribution: the distribution around a method's forecasts
"""
