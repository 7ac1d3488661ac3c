from http-capture, spans: untitled
      0 ? Is 9 prime? [http-capture]
      0   step 1
   1500     thinks: Three times |three.
   1500     answer: No.
   1500 = answered
  10000 ? Is 11 prime? [http-capture]
  10900   step 1
  10900     thinks: Nothing divides it.
  10900     answer: Yes.
  10900 = answered (5 in 9 out claude-test-1)
  20000 ? Is 12 prime? [http-capture]
  20900   step 1
  20900     thinks: It is even.
  20900     answer: No.
  20900 = answered (5 in 7 out gpt-test-1)
  30000 ? Is 13 prime? [http-capture]
  30000   step 1
  30400     thinks: Nothing but one.
  30400     answer: Yes.
  30400 = answered
