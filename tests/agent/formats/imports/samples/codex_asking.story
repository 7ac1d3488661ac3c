from codex, items: untitled
session 0199-bb
version 0.150.0
folder /home/ada/sums
      0 ? Have somebody look for sums.
    500   step 1
    500     spawn_agent {"message":"Look for sums."}
    800       done: '{"agent_id":"0199-cc"}'
   3900   step 2
   3900     wait {"ids":["0199-cc"]}
   4900       done: '{"status":{"0199-cc":{"completed":"There are three."}}}'
   5900   step 3
   5900     answer: Three sums were found.
   5900 = answered
