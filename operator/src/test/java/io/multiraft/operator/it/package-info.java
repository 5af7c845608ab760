/** The operator against a real kube-apiserver, with nodes that speak docs/admin-api.md. */
package io.multiraft.operator.it;
