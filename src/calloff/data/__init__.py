"""From files and frames to the triangle of plans.

layouts: which column means what; built-in layouts and those that users declare
edi: delivery schedules as EDI: EDIFACT, VDA 4905, X12, IDoc
frame_kinds: which library's frames came in, so that the same go out
reading: files and frames to rows of plans, every faulty cell with its address
cleaning: duplicates, conflicts, totals; rows in = rows used + rows set aside
days: calendar days, periods, stale days; what was planned for a day so many days before
staleness: which plans repeat those of the day before
frozen: arrays that cannot be written to
places: values by part, carried from one set of parts to another
memo: what is computed from a past, kept while that past is used
arrival: what had arrived by a day
query: a question to a forecaster
triangle: quantity[part, issue day, lead], stale days, and the past of a day
since: a past from one of its days on
building: plans to the triangle
weeks: the triangle of plans of weeks
inspection: what was found in an input
suggestion: a layout that would read an input
part_tables: small tables of a planner's own: stock, pack sizes
load: all of it in one call
"""
