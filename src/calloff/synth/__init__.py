"""A synthetic customer with everything that real ones do: for the demo, the docs and the tests."""

from calloff.synth.customer import Customer, Truth, make
from calloff.synth.export import export_header, export_rows, write_export

__all__ = ["Customer", "Truth", "export_header", "export_rows", "make", "write_export"]
