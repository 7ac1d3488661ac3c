from gemini-cli, items: untitled
session g-2
      0 ? Count the birds.
   2000   step 1
   2000     answer: Nine birds.
   2000 = answered
   9000 ? And the trees?
  11000   step 1
  11000     answer: Four trees.
  11000 = answered
  19000 ? Together?
  21000   step 1
  21000     answer: Thirteen.
          * COMPACTION {'summary': '<state_snapshot>nine birds were counted</state_snapshot>'}
  21000 = answered
