from opencode, blocks: Search
session ses_c
version 1.14.0
folder /home/ada/notes
parent ses_p
      0 ? Find my keys.
    100   step 1
   1000     task {"description":"Search","prompt":"Search the hall.","subagent_type":"explore"}
   8000       done 7000 ms: 'On the shelf.'
   8100     answer: They are on the shelf.
   9000 = answered
   1000 ? Search the hall.
   1100   step 1
   2000     answer: On the shelf.
   7000 = answered
