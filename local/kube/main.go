// The control plane of ./quickstart in one program: etcd, kube-apiserver or kube-controller-manager, by the name it is
// started under or, when that is another, by its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

const usageExitCode = 2

func main() {
	args := os.Args
	if !known(filepath.Base(args[0])) && len(args) > 1 {
		args = args[1:]
	}
	switch name := filepath.Base(args[0]); name {
	case "etcd":
		etcdmain.Main(args)
	case "kube-apiserver":
		run(apiserver.NewAPIServerCommand(), args)
	case "kube-controller-manager":
		run(controllermanager.NewControllerManagerCommand(), args)
	default:
		fmt.Fprintf(os.Stderr, "%q is none of etcd, kube-apiserver, kube-controller-manager\n", name)
		os.Exit(usageExitCode)
	}
}

func known(name string) bool {
	return name == "etcd" || name == "kube-apiserver" || name == "kube-controller-manager"
}

func run(command *cobra.Command, args []string) {
	command.SetArgs(args[1:])
	os.Exit(cli.Run(command))
}
