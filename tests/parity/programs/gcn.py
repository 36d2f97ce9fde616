"""Graph convolution in the form of Kipf and Welling, the adjacency being a dense matrix."""

import math

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F
from ravine.nn.modules.module import Module
from ravine.nn.parameter import Parameter


class GraphConvolution(Module):
    def __init__(self, in_features, out_features, bias=True):
        super(GraphConvolution, self).__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(torch.FloatTensor(in_features, out_features))
        if bias:
            self.bias = Parameter(torch.FloatTensor(out_features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None:
            self.bias.data.uniform_(-stdv, stdv)

    def forward(self, input, adj):
        support = torch.mm(input, self.weight)
        output = torch.mm(adj, support)
        return output + self.bias if self.bias is not None else output


class GraphAttention(nn.Module):
    def __init__(self, in_features, out_features, alpha=0.2):
        super().__init__()
        self.W = nn.Parameter(torch.empty(size=(in_features, out_features)))
        nn.init.xavier_uniform_(self.W.data, gain=1.414)
        self.a = nn.Parameter(torch.empty(size=(2 * out_features, 1)))
        nn.init.xavier_uniform_(self.a.data, gain=1.414)
        self.leakyrelu = nn.LeakyReLU(alpha)

    def forward(self, h, adj):
        Wh = torch.mm(h, self.W)
        e = torch.matmul(Wh, self.a[: Wh.shape[1], :]) + torch.matmul(Wh, self.a[Wh.shape[1] :, :]).T
        e = self.leakyrelu(e)
        attention = torch.where(adj > 0, e, -9e15 * torch.ones_like(e))
        return F.elu(torch.matmul(F.softmax(attention, dim=1), Wh))


class GCN(nn.Module):
    def __init__(self, nfeat=10, nhid=16, nclass=3):
        super().__init__()
        self.gc1 = GraphConvolution(nfeat, nhid)
        self.gat = GraphAttention(nhid, nhid)
        self.gc2 = GraphConvolution(nhid, nclass)

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = self.gat(x, adj)
        return F.log_softmax(self.gc2(x, adj), dim=1)


def models():
    return GCN()


def accuracy(output, labels):
    preds = output.max(1)[1].type_as(labels)
    return preds.eq(labels).double().sum() / len(labels)


def train(model):
    rng = np.random.RandomState(0)
    adj = (rng.rand(30, 30) < 0.15).astype(np.float32)
    adj = np.maximum(adj, adj.T) + np.eye(30, dtype=np.float32)
    adj = torch.FloatTensor(adj / adj.sum(1, keepdims=True))
    features, labels = torch.FloatTensor(rng.rand(30, 10)), torch.LongTensor(rng.randint(0, 3, 30))
    idx_train = torch.LongTensor(range(20))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    losses = []
    for _ in range(20):
        model.train()
        optimizer.zero_grad()
        output = model(features, adj)
        loss = F.nll_loss(output[idx_train], labels[idx_train])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return [*losses, accuracy(model(features, adj), labels).item()]
