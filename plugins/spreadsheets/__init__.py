"""Spreadsheets: items as rows of a sheet, written and read in the formats that people exchange, as SheetJS (version
0.18.5; Apache License 2.0, © 2013 SheetJS LLC) writes and reads them. `parts` are pieces of the files that it makes."""
