"""Train a network on handwritten digits, and measure it on others."""

import needle as ndl
from needle import nn
from needle.data import DataLoader, Digits

ndl.seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
loss_function = nn.SoftmaxLoss()
optimizer = ndl.optim.Adam(model.parameters(), lr=0.002)

for _ in range(20):
    for images, labels in DataLoader(Digits(), batch_size=32, shuffle=True):
        optimizer.reset_grad()
        loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()

images, labels = next(DataLoader(Digits(train=False), batch_size=355))
accuracy = (model(images).numpy().argmax(axis=1) == labels.numpy()).mean()
print(f"test accuracy: {accuracy:.4f}")
