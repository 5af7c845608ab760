/**
 * The Kubernetes resources of Multiraft as Java types: {@link io.multiraft.crds.RaftCluster} and
 * {@link io.multiraft.crds.RaftGroup}, API group {@code multiraft.io}, version {@code v1alpha1}.
 *
 * <p>The CustomResourceDefinitions are generated from these types during the build and compared
 * with the committed ones in {@code META-INF/fabric8} (and the chart's copy of them); what a type
 * accepts is therefore what the API server accepts. Only fields that this release honours exist
 * here: the API server refuses the others instead of ignoring them in silence.
 *
 * <p>Descriptions are what {@code kubectl explain} prints. No behaviour lives here and no
 * Kubernetes call is made from here.
 */
package io.multiraft.crds;
