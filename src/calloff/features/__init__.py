"""What the plans of a past show beside their quantities.

stats: means, totals and medians
day_totals: what the plans of all parts add up to, day by day
day_load: how much of a full day target days were planned to be
peers: parts whose plans are revised alike
"""
