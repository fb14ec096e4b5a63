"""The memory of the archives: every act, in order, provable to an outsider."""
