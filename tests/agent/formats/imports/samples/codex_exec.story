from codex, none: untitled
session 0199-a
      0 ? 
      0   step 1
      0     thinks: **Looking around**
      0     shell {"command":"bash -lc ls"}
      0       failed: 'a\nb\n'
      0     docs.find {"q":"moss"}
      0       done: 'two pages'
      0   step 2
      0     apply_patch {"changes":[{"path":"a","kind":"add"}]}
      0       done: ''
      0   step 3
      0     answer: There are two.
      0 = answered (900 in 40 out None)
      0 ? 
      0   step 1
      0     web_search {"query":"moss"}
      0       done: ''
          * ERROR {'message': 'Reconnecting... 1/5'}
      0 = model_error: the quota is used up
1 record of kind “item.completed/moss_garden” not understood, the first in line 16
