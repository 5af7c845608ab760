{{- define "multiraft.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The Deployment's name; the release's name alone when that already says multiraft. */}}
{{- define "multiraft.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "multiraft.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "multiraft.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "multiraft.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "multiraft.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.name must name an existing ServiceAccount when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "multiraft.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "multiraft.nodeImage" -}}
{{- .Values.nodeImage | default (printf "multiraft-node:%s" .Chart.AppVersion) -}}
{{- end -}}

{{/* Part of an immutable field: these never change. */}}
{{- define "multiraft.selectorLabels" -}}
app.kubernetes.io/name: {{ include "multiraft.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "multiraft.labels" -}}
{{ include "multiraft.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What the operator may do in the namespaces that it looks after. */}}
{{- define "multiraft.rules" -}}
- apiGroups: [multiraft.io]
  resources: [raftclusters]
  verbs: [get, list, watch]
# Patched for its finalizer only.
- apiGroups: [multiraft.io]
  resources: [raftgroups]
  verbs: [get, list, watch, patch]
- apiGroups: [multiraft.io]
  resources: [raftclusters/status, raftgroups/status]
  verbs: [patch]
# Needed to own objects where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [multiraft.io]
  resources: [raftclusters/finalizers, raftgroups/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch, create, patch]
# A group's Service is deleted when it is no longer wanted.
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch]
# Clusters' tokens: made once, read by name, never listed and never overwritten.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create]
# Pods of an older template are deleted, one at a time, to be made anew.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}
