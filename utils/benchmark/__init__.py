"""Speed and memory on this machine: `make benchmark`. Nothing is judged here.

`helpers` measures the course's own helpers; `tasks`, `in_keras`, `in_torch` and `race` measure
training and evaluation of recurrent networks side by side with Keras' layers and with PyTorch.
"""
