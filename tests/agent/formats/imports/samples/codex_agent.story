from codex, items: untitled
session 0199-cc
version 0.150.0
folder /home/ada/sums
parent 0199-bb
      0 ? Look for sums.
   2497   step 1
   2497     answer: There are three.
   2497 = answered
