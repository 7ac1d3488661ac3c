"""The application: themes, the first screen, the way in and the way out. No chat logic."""
