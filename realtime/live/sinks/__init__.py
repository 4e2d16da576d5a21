"""Where painted frames go: recordings, virtual cameras, the network, snapshots."""
