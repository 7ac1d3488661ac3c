from opentelemetry, spans: untitled
      0 ? Plan a day in Oslo. [opentelemetry]
      0   step 1
    900     ask_weather {"city":"Oslo"}
   2900       done 1900 ms: 'rain'
   1100   ask_weather
   1200   weather
   1200   step 2
   2700     inner: Rain.
   3000   step 3
   3900     answer: Go to a museum.
   3900 = answered
