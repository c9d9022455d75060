#!/bin/bash
# Everything that is needed is there.
