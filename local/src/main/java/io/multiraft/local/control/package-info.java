/**
 * A real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager
 * with a state directory of their own. Start reading at {@link
 * io.multiraft.local.control.ControlPlane}. There is no scheduler and no kubelet here; package
 * {@code pods} plays them.
 */
package io.multiraft.local.control;
