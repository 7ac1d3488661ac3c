"""The agent as an AG-UI endpoint for others (https://docs.ag-ui.com): ASGI, stateless between requests.

`app` makes the application, its factory for any ASGI server included. Who may ask is in `guard`, what a request says
in `requests`, the conversation that it tells in `conversation`, the answer's way out in `streaming`.
"""
