"""What a session becomes elsewhere, and what others' sessions become here. Imports `recordings` and what is above it;
knows no library.

To add an export format, open `exports`; to read another program's, `imports`.
"""
