from codex, items: untitled
session 0199-aa
version 0.150.0
folder /home/ada/sums
      0 ? Run both checks.
   1996   step 1
   1996     thinks: **Two commands** at once.
   2496     preamble: I run them.
   2596     exec_command {"cmd":"true"}
   2996       done 400 ms: 'Wall time: 0.4 seconds\nProcess exited with code 0\nOutput:\nyes'
   2597     exec_command {"cmd":"false"}
   2997       failed 250 ms: 'no'
   4996   step 2
   4996     answer: One passed, one failed.
   4998 = answered (900 in 50 out gpt-test-1)
  59997 ? [{'type': 'text', 'text': 'Again.'}, {'type': 'image', 'source': {'type': 'data', 'value': '', 'mimeType': 'image/*'}}]
  60996   step 1
  60996     apply_patch {"input":"*** Begin Patch"}
  62996       untold: None
  61996     user: No, stop that.
          * COMPACTION {'summary': 'Two checks were run.'}
  62996 = cancelled: Cancelled by the user.
1 record of kind “response_item/quantum_item” not understood, the first in line 28
