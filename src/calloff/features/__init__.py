"""What learned methods see of the triangle, each sample from one origin.

samples: one target seen from one origin; many of them as a training set
peers: parts whose plans are revised alike
builder: makes samples from a past
day_level: how much of a day's plan is called off
slippage: how far a schedule slips to the next day
"""
