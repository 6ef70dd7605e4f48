/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fakes/own_network.h"
#include "tests/fakes/rtp_receiver.h"
#include "tests/unit/playout/rtp_case.h"

/* RTP in a network that is made for the test. */

static bool is_own_network;

static void what_is_larger_than_the_way_takes_comes_in_pieces(void **state)
{
    (void)state;
    char to[96];
    if (!is_own_network) {
        print_message("no network of its own for this process: not tested\n");
        skip();
    }
    struct ifreq narrow = {.ifr_name = "lo", .ifr_mtu = 1280}; /* as some tunnels are */
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ioctl(fd, SIOCSIFMTU, &narrow), 0);
    close(fd);
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?codec=l16&channels=2", receiver->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    radio.programmes[0] = 1;
    play(&radio, 40);
    assert_int_equal(rtp_receiver_take(receiver, 120, 3000), 120);
    assert_int_equal(receiver->packets[0].n_bytes, 1280);
    assert_int_equal(rtp_receiver_unbroken(receiver, 320), 120);
    assert_false(outputs_stats(radio.outputs, 0).failed);
    assert_int_equal(outputs_stats(radio.outputs, 0).frames_dropped, 0);
    radio_end(&radio);
    rtp_receiver_close(receiver);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_larger_than_the_way_takes_comes_in_pieces),
    };
    is_own_network = own_network_enter();
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
