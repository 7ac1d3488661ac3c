from pi, items: untitled
session pi-1
folder /home/ada/pie
parent pi-1
      0 ? How many slices?
   1000   step 1
   3000     thinks: Count them.
   3000     count {"what":"slices"}
   4000       done: 'eight'
   3000     weigh {}
   4100       failed: 'no scales'
   5000   step 2
   6000     answer: Eight.
   6000 = answered (33 in 7 out test-1)
  59000 ? And tomorrow?
  61000   step 1
  61000     answer: N
  61000 = cancelled: Cancelled by the user.
      0 ? How many slices? [pi-1:2]
   1000   step 1
   3000     thinks: Count them.
   3000     count {"what":"slices"}
   4000       done: 'eight'
   3000     weigh {}
   4100       failed: 'no scales'
   5000   step 2
   6000     answer: Eight.
   6000 = answered (33 in 7 out test-1)
 119000 ? And yesterday? [pi-1:2]
 121000   step 1
 121000     answer: Ten.
 121000 = answered
costs 0.004
costs 0.004
1 record of kind “oven_temperature” not understood, the first in line 13
