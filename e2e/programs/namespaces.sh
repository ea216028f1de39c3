#!/bin/sh
# server (here) -- router -- client: three network namespaces on a network of their own. Then runs the command given.
set -e
export PATH="$PATH:/usr/sbin:/sbin"
mount -t tmpfs none /run
ip link set lo up
ip netns add router
ip netns add client
ip link add server type veth peer name to-server netns router
ip -n router link add to-client type veth peer name client netns client
ip addr add 10.77.1.1/24 dev server
ip link set server up
ip -n router addr add 10.77.1.2/24 dev to-server
ip -n router addr add 10.77.2.1/24 dev to-client
ip -n router link set to-server up
ip -n router link set to-client up
ip -n client addr add 10.77.2.2/24 dev client
ip -n client link set client up
ip netns exec router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
ip route add 10.77.2.0/24 via 10.77.1.2
ip -n client route add default via 10.77.2.1
exec "$@"
