from claude-code, blocks: Old times
session old
version 1.0.3
folder /srv/app
      0 ? /review now
   5000   step 1
   5000     answer: It is fine.
   5000 = answered (7 in 3 out claude-test-0)
