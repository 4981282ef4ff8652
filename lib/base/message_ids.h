/* SPDX-License-Identifier: ISC */

/*
 * The ids of log lines.
 *
 * Every line above debug that a daemon logs has an id that never changes,
 * although its text may.  The name stands in brackets at the end of the line,
 * and under DIAGNOSTICS in the manual page of the program; the other value is
 * the MESSAGE_ID of systemd's journal, see systemd.journal-fields(7).
 *
 * One id stands for one situation and what to do about it; lines with
 * different texts may share it.  To add one: choose a name of what happened,
 * make 32 hexadecimal digits once with 'systemd-id128 new', keep the order, and
 * describe it in the page.  An id that was released is never given to another
 * situation.
 */

#ifndef MESSAGE_IDS_H
#define MESSAGE_IDS_H

/*
 * Lines that more than one process of the service logs, and those of the
 * master: countersign-milter(8).
 */
#define MESSAGES_SERVICE(X) \
	X(M_CELL_INCOMPLETE, "cell-incomplete", \
	    "a97f1eabba284407b50a3195ed914b42") \
	X(M_CONFIG_ERROR, "config-error", \
	    "d600ab844fd4449a85001c59d80c7e24") \
	X(M_CONFIG_KEPT, "config-kept", \
	    "d8bf770858c04c1a9733fd4177e5377b") \
	X(M_CONFIG_RELOADED, "config-reloaded", \
	    "2cd0b84adc0d4a82a2639011901e2915") \
	X(M_CONFIG_UNREADABLE, "config-unreadable", \
	    "d0f80c89bd4b413cb9430ddbd71fbd33") \
	X(M_CONTROL_MESSAGE_IGNORED, "control-message-ignored", \
	    "c29caa3bfdbd4a94b6dd9cccc78472f7") \
	X(M_DESCRIPTORS_EXHAUSTED, "descriptors-exhausted", \
	    "1192297cc5514b5ab076b0a8641c4954") \
	X(M_DOMAINS_WITHOUT_KEYS, "domains-without-keys", \
	    "0be3bba437a04fdaaff000287ff60e82") \
	X(M_FRONT_CONNECTED, "front-connected", \
	    "430f64ea4ccf4e10a1ace8bc17824fec") \
	X(M_FRONT_DISCONNECTED, "front-disconnected", \
	    "a326c8e07590496a9c2a7782da993491") \
	X(M_FRONT_REFUSED, "front-refused", \
	    "a8f955a6e63d4da0aa52e1e224d89484") \
	X(M_KEYDIR_UNUSABLE, "keydir-unusable", \
	    "c039fe3b0cf7481694696e0a41d4e9bc") \
	X(M_LOCKDOWN_FAILED, "lockdown-failed", \
	    "8f6710d4981a43c2b00a98220c169a01") \
	X(M_MEMORY_NOT_LOCKED, "memory-not-locked", \
	    "dc4aa1336641441cbea6fd8f45a06ed3") \
	X(M_METRICS_OFF, "metrics-off", \
	    "c7ea4652b64845fa96f99fb265405594") \
	X(M_OUT_OF_MEMORY, "out-of-memory", \
	    "adfac343d5c54aafb46c0a88e140996b") \
	X(M_PRIVILEGES_NOT_DROPPED, "privileges-not-dropped", \
	    "a69cea699be94a4abd7b1d3e2ad398e3") \
	X(M_PROCESS_ANSWERS, "process-answers", \
	    "833d8838f72e4fefac9773e8b03ed5a1") \
	X(M_PROCESS_EXITED, "process-exited", \
	    "328c32ff7dca465b9a79223c53aa9512") \
	X(M_PROCESS_FAILING, "process-failing", \
	    "66a3ad4c3abe42b7add29842a9e7c6c6") \
	X(M_PROCESS_HUNG, "process-hung", \
	    "f02bd79c8acb4dca9992df7205632da8") \
	X(M_PROCESS_KILLED, "process-killed", \
	    "d7d8a4a4fe8b47a884511b6aa7b528d2") \
	X(M_PROCESS_LATE, "process-late", \
	    "1f30604e62254e80bd5216ad05866152") \
	X(M_PROCESS_NOT_EXECUTABLE, "process-not-executable", \
	    "837deb40fa0c45958f0f456461d9b762") \
	X(M_PROCESS_NOT_STARTED, "process-not-started", \
	    "1949383525ed4872a0c5935337f53ed2") \
	X(M_PROCESS_NOT_STOPPED, "process-not-stopped", \
	    "d982364da4624df0ae79c08d79db0d72") \
	X(M_PROCESS_RESTARTING, "process-restarting", \
	    "f978f119bd5345709d71d3b5b2118772") \
	X(M_PROCESS_UNREACHABLE, "process-unreachable", \
	    "40a0e6d22fb7423598ff492df8b2cb5c") \
	X(M_READY, "ready", \
	    "8637f5fa7ffe4531adc7684b621dc1b6") \
	X(M_RELOAD_INCOMPLETE, "reload-incomplete", \
	    "7114d0a43de74d76bd0e316af5f24b47") \
	X(M_RESTART_NEEDED, "restart-needed", \
	    "b40f52374d7143bf961f4aa814582afc") \
	X(M_SIGNER_NOT_TOLD, "signer-not-told", \
	    "d9ea5025fbb34280ba8bd1b003ab9a8b") \
	X(M_SIGNERS_BACK, "signers-back", \
	    "2d0e58956d014e9c8be432bcb3bc97d1") \
	X(M_SIGNERS_LOST, "signers-lost", \
	    "bba4b01a4f7b47b9880cad7c57bed3a5") \
	X(M_START_NEEDS_ROOT, "start-needs-root", \
	    "966e520f8c7040caa71aef5fb259bace") \
	X(M_STOPPED, "stopped", \
	    "e2a5044417994575821ca18cd81585f4") \
	X(M_USER_LOOKUP_FAILED, "user-lookup-failed", \
	    "66e38029e6fb40cea786f0114581e0af") \
	X(M_USER_UNKNOWN, "user-unknown", \
	    "e7861354618d460aac40e3ae6edcc082") \
	X(M_USERS_NOT_SEPARATE, "users-not-separate", \
	    "32ba16e8b6c44db29e99252eaa6c85c4") \
	X(M_WAIT_FAILED, "wait-failed", \
	    "e462fa7e52614d8aa462dcb2f9af90c2")

/* Lines of the front: countersign-front(8). */
#define MESSAGES_FRONT(X) \
	X(M_ALSO_SIGN_FAILED, "also-sign-failed", \
	    "d30c497d4e994580b2b5cfaaa783d845") \
	X(M_AUDIT_LINES_LOST, "audit-lines-lost", \
	    "f72cdf3c2f124486ba0d19cd781e77c8") \
	X(M_AUDIT_RESUMED, "audit-resumed", \
	    "90983be0b71c4fe5bc94630aeddfa2fd") \
	X(M_AUDIT_UNUSABLE, "audit-unusable", \
	    "1342adc16309428ba780f1c656b4baf4") \
	X(M_CEILING_EXCEEDED, "ceiling-exceeded", \
	    "9121d34095024fd5a38fdbebbd5cbc16") \
	X(M_CEILING_TABLE_FULL, "ceiling-table-full", \
	    "d05c36e0250c4b78811675f0398ea597") \
	X(M_CEILINGS_NOT_SHOWN, "ceilings-not-shown", \
	    "c8bafcadbfef43d887be54f76a95ef02") \
	X(M_CLIENT_FACTS_MISSING, "client-facts-missing", \
	    "32566551762946d6897531a05b55e1b3") \
	X(M_CONNECTIONS_REFUSED, "connections-refused", \
	    "d4dc5b854e074a089e0b399b7186391d") \
	X(M_COUNTERS, "counters", \
	    "f65e7e8bd2714c7cb921c13529e60082") \
	X(M_COUNTS_DAMAGED, "counts-damaged", \
	    "e1d63a14c75b469591d847fff432dc90") \
	X(M_COUNTS_RESET, "counts-reset", \
	    "3e495c46fd664af9a53c0ada11dec348") \
	X(M_COUNTS_UNUSABLE, "counts-unusable", \
	    "aa3b2c83a6d54346ba4dae2dc240dcf7") \
	X(M_DECISION, "decision", \
	    "9f397e66952a4711b6ec82e62357ef7b") \
	X(M_DESCRIPTOR_LIMIT, "descriptor-limit", \
	    "9e6712c00b3341e89da4191451cef5c5") \
	X(M_DNS_RESTARTED, "dns-restarted", \
	    "476afed8da1b4682a26f809bd56f2ff7") \
	X(M_DNS_SERVERS_CHANGED, "dns-servers-changed", \
	    "9fc2e0781f1c4486a35317990ca5c85c") \
	X(M_DNS_SERVERS_KEPT, "dns-servers-kept", \
	    "155aec78583a4a5faa6918eb40e11404") \
	X(M_DNS_SETUP_FAILED, "dns-setup-failed", \
	    "0163e590b26f4efb8da551cb912f6afa") \
	X(M_FRONT_START_FAILED, "front-start-failed", \
	    "7cf8c82cbf19408cb37acb695b52a5a0") \
	X(M_LIBMILTER_STOPPED, "libmilter-stopped", \
	    "4a2fb3e6b22d4f8ebf558cb9131d447b") \
	X(M_MASTER_LOST, "master-lost", \
	    "6114e6b053b141679d8be1bb51a6b296") \
	X(M_MESSAGE_DEFERRED, "message-deferred", \
	    "004c69c063fd4d9cb6fc947e3831fb69") \
	X(M_MTA_CHANGE_REFUSED, "mta-change-refused", \
	    "5d32c4f24c79496f864f5dcbfce7c332") \
	X(M_MTA_MACROS_FIXED, "mta-macros-fixed", \
	    "fc6da0851bd0426bb9502671481ea444") \
	X(M_MTA_NO_HEADERS, "mta-no-headers", \
	    "a2fdf74b45c34ae18e184ed2a86586ad") \
	X(M_MTA_NO_QUARANTINE, "mta-no-quarantine", \
	    "94e56851b129473c983a194253931e51") \
	X(M_REPLY_TEXT_REFUSED, "reply-text-refused", \
	    "0f4147996f8645c0a8494bd3755499e4") \
	X(M_SELF_TEST_FAILED, "self-test-failed", \
	    "27af751225de43f59bf19c9afb8ed903") \
	X(M_SESSION_REFUSED, "session-refused", \
	    "4123ec8f74694766b284c6a844a50ea1") \
	X(M_SIGNATURE_FAILED, "signature-failed", \
	    "d23f3a4d69564a9db8dd83c32b36bb19") \
	X(M_SIGNER_SOCKET_LOST, "signer-socket-lost", \
	    "1a544b9f68d74b238807d4f059302caa") \
	X(M_SOCKET_ADDRESS_UNUSABLE, "socket-address-unusable", \
	    "d339987a895149eebf2de4bf64bb37ce") \
	X(M_SOCKET_DIRECTORY_DENIED, "socket-directory-denied", \
	    "538518e9fdeb489d899b182b08b622f9") \
	X(M_SOCKET_DIRECTORY_MISSING, "socket-directory-missing", \
	    "40d970186a3449d6a13271901617fd66") \
	X(M_SOCKET_DIRECTORY_UNUSABLE, "socket-directory-unusable", \
	    "526df1d27ab1458682b25ac3223dab31") \
	X(M_SOCKET_GROUP_REFUSED, "socket-group-refused", \
	    "9d5a3b11f21d46819bb7c9d3fea4a76b") \
	X(M_SOCKET_GROUP_UNKNOWN, "socket-group-unknown", \
	    "0dbfbf4562bc4758baa051ae88332a85") \
	X(M_SOCKET_IN_USE, "socket-in-use", \
	    "53b1305505a046c3aa15446e96560ce1") \
	X(M_SOCKET_LOCK_UNUSABLE, "socket-lock-unusable", \
	    "140d3b370e6a4a6eb8faf35ecf105282") \
	X(M_SOCKET_NOT_OPENED, "socket-not-opened", \
	    "ef9a34143fd74f9aa6cf68f79e3c8c2e") \
	X(M_SOCKET_NOT_REMOVED, "socket-not-removed", \
	    "1d81d77ffbbb4f6c8dd40c05c9e148ad") \
	X(M_SOCKET_PATH_TAKEN, "socket-path-taken", \
	    "1096f52d61864cf1a3d4d6b4b8a6451b") \
	X(M_SOCKET_PATH_TOO_LONG, "socket-path-too-long", \
	    "3ca79ece500e42e4b2e53e4600d9ba43") \
	X(M_THREADS_EXHAUSTED, "threads-exhausted", \
	    "60330c6ae3904f29a0024a1a0f871073")

/* Lines of countersign-metrics(8). */
#define MESSAGES_METRICS(X) \
	X(M_METRICS_FILE_UNUSABLE, "metrics-file-unusable", \
	    "21fa9e981435469e84f286c6c045c74f") \
	X(M_METRICS_SOCKET_UNUSABLE, "metrics-socket-unusable", \
	    "fb87ef73a370465d8f7085679025a7d2") \
	X(M_METRICS_TOO_LARGE, "metrics-too-large", \
	    "bce7eed4dd9d4734aaa1bca44f8de9a3")

/* Lines of a signer: countersign-signer(8). */
#define MESSAGES_SIGNER(X) \
	X(M_FRONT_SOCKET_CLOSED, "front-socket-closed", \
	    "34f4f54c54da44148342e679b6b819f1") \
	X(M_KEK_UNUSABLE, "kek-unusable", \
	    "cdde92d90ebf4ceb805706007a027f94") \
	X(M_KEY_STORE_UNUSABLE, "key-store-unusable", \
	    "fb71139d3b2b4c879c23884991f5a5d4") \
	X(M_KEYS_UNUSABLE, "keys-unusable", \
	    "08546c1fee584cc2bd66aab91215485d") \
	X(M_LAST_USE_NOT_RECORDED, "last-use-not-recorded", \
	    "e865db654393444e997dd02875890a1a") \
	X(M_REQUEST_REFUSED, "request-refused", \
	    "24a83b731e424c6583b841b49e22344f") \
	X(M_SIGNATURES_LIMITED, "signatures-limited", \
	    "60165250601f41bea96df13b5796d1ab") \
	X(M_SIGNED, "signed", \
	    "392b0ec8f307490b9affb1be47a2e978")

/* Lines of countersign-fleet: countersign-fleet(8). */
#define MESSAGES_FLEET(X) \
	X(M_FLEET_ALARM, "fleet-alarm", \
	    "50d9998806974df48d19e42ae2e92fe2") \
	X(M_FLEET_CLIENT_REFUSED, "fleet-client-refused", \
	    "ddfc4172e22c4fe3860f23c47a7ad729") \
	X(M_FLEET_DATABASE_AWAY, "fleet-database-away", \
	    "b8f70f177ccf41d9b4996a9d01243f15") \
	X(M_FLEET_DATABASE_REFUSED, "fleet-database-refused", \
	    "43705432e98e4ae4a21318adff53bfe4") \
	X(M_FLEET_DATABASE_USED, "fleet-database-used", \
	    "e5119bf4177143bfb376a4e39df37e12") \
	X(M_FLEET_LATE, "fleet-late", \
	    "0682383c3a474e3bb1b98e1626cfdc81") \
	X(M_FLEET_LEASE, "fleet-lease", \
	    "e1c44205ea204163b2c042c753970d32") \
	X(M_FLEET_MARKED, "fleet-marked", \
	    "fd1732146b454266b1523f05c327cd01") \
	X(M_FLEET_MEMORY_NOT_LOCKED, "fleet-memory-not-locked", \
	    "76af90ccdf044b0693e9796aa10155a5") \
	X(M_FLEET_MIRROR_FAILED, "fleet-mirror-failed", \
	    "b439cbd408ad4ebcb8371092eec97bb4") \
	X(M_FLEET_NOT_JOINED, "fleet-not-joined", \
	    "7c246df5164940e5b30755327fedccde") \
	X(M_FLEET_READY, "fleet-ready", \
	    "3acc03f30fbb403ca663e29a78a47274") \
	X(M_FLEET_REQUEST, "fleet-request", \
	    "d9b267b8fc8540e0aaceab7a20101f42") \
	X(M_FLEET_RESIGNED, "fleet-resigned", \
	    "38f18044eed14d26b217d2e3452eb9c8") \
	X(M_FLEET_RESTORED, "fleet-restored", \
	    "dc7e6a072b4345c882e8407d5babf211") \
	X(M_FLEET_ROW_IGNORED, "fleet-row-ignored", \
	    "186fe9b95c594d94bfaf8a8f7a369a7c") \
	X(M_FLEET_START_FAILED, "fleet-start-failed", \
	    "3509cd0a7d45431a907a1829503f6e54") \
	X(M_FLEET_TAKEN, "fleet-taken", \
	    "894b1d7948b14635bb616fe2640c4108")

#define MESSAGE_IDS(X) \
	MESSAGES_SERVICE(X) \
	MESSAGES_FRONT(X) \
	MESSAGES_METRICS(X) \
	MESSAGES_SIGNER(X) \
	MESSAGES_FLEET(X)

#define MESSAGE_ENUM(symbol, name, hex) symbol,

/* M_NONE: a line without an id, at debug level only. */
enum message_id { M_NONE, MESSAGE_IDS(MESSAGE_ENUM) M_END };

#undef MESSAGE_ENUM

/* The name: "config-kept", ...; "" for M_NONE.  Static. */
const char *message_name(enum message_id id);

/* The MESSAGE_ID for the journal: 32 hexadecimal digits; "" for M_NONE. */
const char *message_hex(enum message_id id);

#endif /* MESSAGE_IDS_H */
