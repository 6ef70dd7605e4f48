/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/own_network.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool bring_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    /* An address of more than this machine, as a source for what goes to groups. */
    struct ifreq more = {.ifr_name = "lo:1"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(0x0a4d0001)}};
    memcpy(&more.ifr_addr, &address, sizeof address);
    bool is_up = ioctl(fd, SIOCSIFFLAGS, &lo) == 0 && ioctl(fd, SIOCSIFADDR, &more) == 0;
    close(fd);
    return is_up;
}

/* ff00::/8 is of this machine: what is sent there by the loopback interface comes back. */
static bool route_groups(void)
{
    struct {
        struct nlmsghdr head;
        struct rtmsg route;
        struct rtattr to_head;
        unsigned char to[16];
        struct rtattr by_head;
        unsigned by;
    } request = {
        .head = {.nlmsg_len = sizeof request,
                 .nlmsg_type = RTM_NEWROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK},
        .route = {.rtm_family = AF_INET6,
                  .rtm_dst_len = 8,
                  .rtm_table = RT_TABLE_LOCAL,
                  .rtm_protocol = RTPROT_STATIC,
                  .rtm_scope = RT_SCOPE_UNIVERSE,
                  .rtm_type = RTN_LOCAL},
        .to_head = {RTA_LENGTH(sizeof request.to), RTA_DST},
        .to = {0xff},
        .by_head = {RTA_LENGTH(sizeof request.by), RTA_OIF},
        .by = if_nametoindex("lo"),
    };
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char rest[512];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool is_made = send(fd, &request, sizeof request, 0) == (ssize_t)sizeof request &&
                   recv(fd, &answer, sizeof answer, 0) >= (ssize_t)NLMSG_LENGTH(sizeof(int)) &&
                   answer.head.nlmsg_type == NLMSG_ERROR && answer.error.error == 0;
    close(fd);
    return is_made;
}

bool own_network_enter(void)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return false;
    }
    return bring_up() && route_groups();
}
