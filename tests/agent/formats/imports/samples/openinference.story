from opentelemetry, spans: untitled
      0 ? What does it export? [oi-1]
      0   step 1
   1000     read {"path":"lib"}
   2000       done: 'fn add'
   2000   step 2
   3000     answer: One function.
   3000 = answered (42 in 9 out test-1)
