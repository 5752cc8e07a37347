"""Tables that people keep as CSV or XLSX: `tabular` reads either with bounds, `workbook` is its reader of XLSX."""
