from opentelemetry, spans: untitled
      0 ? Plan a day in Oslo. [opentelemetry]
      0   step 1
    900     preamble: Let me look.
    900     ask_weather {"city":"Oslo"}
    900       untold: None
    900 = interrupted: The recording has no answer to this.
