"""What a session becomes elsewhere. Imports `recordings` and what is above it; knows no library.

To add an export format, open `exports`.
"""
