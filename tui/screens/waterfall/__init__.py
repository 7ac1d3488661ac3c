"""The waterfall as the chat and the replay have it: `frame` asks its screen what to show. Imports no screen."""
