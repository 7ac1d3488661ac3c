from http-capture, spans: untitled
      0 ? What is 3 + 4? [http-capture]
      0   step 1
   1500     add {"x": 3, "y": 4}
   2000       done: '7'
   2000   step 2
   2900     answer: It is 7.
   2900 = answered (29 in 9 out gpt-test-1)
left out: request to example.org
