"""Inputs of the learned methods, made from the triangle: each sample from one origin.

stats: means of what is known, weights by past errors
samples: one target day as known at one origin; many of them as a training set
peers: parts whose plans are revised alike
builder: makes samples from a past
day_load: how much of a full day target days were planned to be
day_level: how much of a day's plan is called off
slippage: how far a schedule slips to the next day
"""
