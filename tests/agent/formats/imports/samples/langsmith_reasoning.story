from langsmith, spans: untitled
      0 ? Odd or even: 7? [langsmith]
      0   step 1
   1900     thinks: Seven leaves one.
   1900     answer: Odd.
   1900 = answered
   2900 ? And 8? [langsmith]
   2900   step 1
   3900     thinks: Eight leaves none.
   3900     answer: Even.
   3900 = answered
   4900 ? And 9? [langsmith]
   4900   step 1
   5900     thinks: Nine leaves one.
   5900     answer: Odd.
   5900 = answered
   6900 ? Once more: 10? [langsmith]
   6900   step 1
   7900     thinks: Ten leaves none.
   7900     answer: Even.
   7900 = answered
