"""What attacks on a running server cost others: cameras, honest pictures, memory, descriptors.

A server is started for each attack, with 1,024 descriptors as systemd gives them, while two cameras
play a clip at 5 frames a second and a client sends one honest picture after another. `--checkout`
attacks another checkout of Lookout in the same way, so that an earlier commit stands beside this
one in a single run: `git worktree add FOLDER COMMIT`, then `--checkout FOLDER`. All programs share
the machine, so "calm" is the row to compare with.
"""
