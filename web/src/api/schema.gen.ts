// Written by `npm run generate` from src/http/openapi.json. Do not edit.

export type * from './names'
export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Looks at evidence, newest first. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases, newest first. */
        get: operations["list_cases"];
        put?: never;
        /** Open a case. */
        post: operations["create_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A case. */
        get: operations["read_case"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call a seat for a case. `503 recording_unavailable` where nothing can be recorded. */
        post: operations["call_seat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Code tables a form needs. */
        get: operations["list_choices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/procedures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Procedures that can be chosen. */
        get: operations["list_procedures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/violations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Traffic violations by code: all of them, or those whose code begins with `q` or whose text holds its words. */
        get: operations["list_violations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own day so far. */
        get: operations["own_figures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Join a session by invitation, as its party. An invitation can be used once. */
        post: operations["join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose request this is. */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Waiting calls, first first. */
        get: operations["list_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/receipts/{sid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the public may know of a session. */
        get: operations["check_receipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/receipts/{sid}/consistency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proof that the log on a receipt is a beginning of today's (RFC 6962 §2.1.2). */
        get: operations["prove_consistency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/seats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All seats and what they do. */
        get: operations["list_seats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions, newest first: of chiefs and auditors all, of officers and seats their own. */
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session. */
        get: operations["read_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The session as a bundle that anyone can verify, zipped. */
        get: operations["read_bundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The officer gives up waiting for a seat. */
        post: operations["cancel_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/captures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Kept pictures, in order. */
        get: operations["list_captures"];
        put?: never;
        /** Keep a picture, at most 5 MiB. */
        post: operations["take_capture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/captures/{capture}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A kept picture. */
        get: operations["read_capture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The decision. */
        get: operations["read_decision"];
        put?: never;
        /** Make the decision. Refused without unbroken recording of every step that must be recorded. */
        post: operations["make_decision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/decision/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The decision as it would read now: what the party reads before it is made. */
        get: operations["read_draft"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/defence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The party states a defence, or does without (行政处罚法 arts. 45, 62). */
        post: operations["state_defence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/delivery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The decision reaches the party. */
        post: operations["deliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/documents/{doc}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A document of the session. */
        get: operations["read_document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/exit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leave the procedure before its end. */
        post: operations["take_exit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/filing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The sealed case was filed (行政处罚法 art. 44 with 道路交通安全违法行为处理程序规定 art. 44). */
        post: operations["file_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Invite the party with a phone of their own; shown as a QR code, good for one use. */
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries of the log, as they stand in it. */
        get: operations["read_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/payment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The fine was paid. */
        post: operations["note_payment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The citizen's receipt. */
        get: operations["read_receipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The recording as a timeline. */
        get: operations["read_recording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/recording/{track}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A track: its files concatenated, which is one playable file. Single ranges are served. */
        get: operations["read_track"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The seat's verdict. */
        post: operations["review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/seal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Seal the session, after its last step or an exit. */
        post: operations["seal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The party signs, or refuses to. */
        post: operations["sign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The procedure with everything done so far. */
        get: operations["read_steps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps/{step}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Complete the running attempt. */
        post: operations["complete_step"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps/{step}/confirmations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm a guard's sentence. */
        post: operations["confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps/{step}/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Enter values. */
        put: operations["set_fields"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps/{step}/sentences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sentence was said. */
        post: operations["read_sentence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/steps/{step}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin an attempt at a step. */
        post: operations["start_step"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{sid}/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify the session's folder with the same code as `cloudseat verify`. */
        post: operations["verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with an account. */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out: the token is worth nothing any more, and the WebSockets opened with it are closed. */
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All units, by name. */
        get: operations["list_units"];
        put?: never;
        /** Make a unit. */
        post: operations["create_unit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts by login name. */
        get: operations["list_users"];
        put?: never;
        /** Make an account. */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change an account. */
        patch: operations["change_user"];
        trace?: never;
    };
    "/api/v1/users/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an account a new password; what is signed in with the old one ends. */
        post: operations["reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One attempt at a step. */
        Attempt: {
            /**
             * Format: int32
             * @description 1, 2…
             */
            attempt: number;
            /**
             * Format: int64
             * @description End, µs of the session clock.
             */
            ended_us?: number | null;
            /** @description Why it doesn't count. */
            reason?: string | null;
            /**
             * Format: int64
             * @description Start, µs of the session clock.
             */
            started_us: number;
            /** @description How it stands. */
            state: components["schemas"]["AttemptState"];
        };
        /**
         * @description How an attempt stands.
         * @enum {string}
         */
        AttemptState: "running" | "completed" | "invalid" | "superseded";
        /** @description A look at evidence. */
        AuditItem: {
            /** @description Handle of who looked. */
            actor: string;
            person?: components["schemas"]["Person"] | null;
            /** @description What for. */
            purpose: string;
            /**
             * Format: int64
             * @description The entry in its chain.
             */
            seq: number;
            /** @description The session. */
            sid: string;
            /** @description When. */
            time: string;
            /** @description `access.viewed`, `access.exported`, `access.denied`, `export.created`… */
            type: string;
        };
        /**
         * Format: binary
         * @description Bytes of a file.
         */
        Binary: string;
        /** @description Something that must be recorded and is not. */
        Broken: {
            /** @description Sound or picture. */
            kind: components["schemas"]["Kind"];
            /** @description Whose. */
            participant: string;
            /** @description Reason as in `media.gap`, e.g. `no_rtp`. */
            reason: string;
            /**
             * Format: int64
             * @description Since when, µs of the session clock.
             */
            since_us: number;
        };
        /** @description A call that was placed. */
        Called: {
            /**
             * Format: int32
             * @description Place in the queue, 1 = next.
             */
            position: number;
            /** @description The session that was opened for it. */
            sid: string;
        };
        /** @description A participant's own word on its capture. */
        Capture: {
            /** @description The camera. */
            camera: components["schemas"]["CaptureState"];
            /** @description The microphone. */
            microphone: components["schemas"]["CaptureState"];
            /** @description The page is in the foreground. */
            visible: boolean;
        };
        /**
         * @description What a captured picture shows.
         * @enum {string}
         */
        CaptureKind: "still" | "credential" | "licence" | "plate" | "evidence";
        /**
         * @description The state of a camera or microphone as its owner knows it.
         * @enum {string}
         */
        CaptureState: "live" | "muted" | "interrupted" | "absent";
        /** @description A picture that was stored. */
        Captured: {
            /** @description Its id. */
            capture: string;
            /** @description Digest of the stored file, 64 hex. */
            sha256: string;
            /** @description The procedure after it. */
            view: components["schemas"]["ProcedureView"];
        };
        /** @description A case. */
        Case: {
            /** @description When it was opened. */
            created_at: string;
            /** @description What is due. */
            deadlines: components["schemas"]["Deadline"][];
            /** @description When it was decided. */
            decided_at?: string | null;
            /** @description Number of the decision. */
            doc_no?: string | null;
            /**
             * Format: uuid
             * @description Id.
             */
            id: string;
            /** @description Who opened it. */
            officer: components["schemas"]["Person"];
            /** @description The party's name with all but its first character hidden. */
            party_name_masked?: string | null;
            /** @description Where. */
            place: components["schemas"]["Place"];
            /** @description Number plate. */
            plate?: string | null;
            /** @description Procedure id. */
            procedure: string;
            /** @description Its newest session. */
            sid?: string | null;
            /** @description `OPEN` before the first call, then the state its procedure names, e.g. `DECIDED`. */
            state: string;
            /** @description The conduct. */
            violation_text?: string | null;
        };
        /** @description An attempt at a step. */
        Chapter: {
            /**
             * Format: int32
             * @description Which attempt.
             */
            attempt: number;
            /** @description How it stands. */
            state: components["schemas"]["AttemptState"];
            /** @description The step. */
            step: string;
            /**
             * Format: int64
             * @description Start.
             */
            t0_us: number;
            /**
             * Format: int64
             * @description End.
             */
            t1_us?: number | null;
            /** @description Title, English. */
            title_en: string;
            /** @description Title, Chinese. */
            title_zh: string;
        };
        /** @description A code with its name. */
        Choice: {
            /** @description What is stored. */
            code: string;
            /** @description What is shown. */
            name: string;
        };
        /** @description The code tables a form needs. */
        Choices: {
            /** @description Kinds of identity document. */
            id_doc_types: components["schemas"]["Choice"][];
            /** @description Classes of driving licence. */
            licence_classes: components["schemas"]["Choice"][];
            /** @description Kinds of number plate. */
            plate_types: components["schemas"]["Choice"][];
            /** @description Kinds of vehicle. */
            vehicle_types: components["schemas"]["Choice"][];
        };
        /** @description What a client sends: one JSON object a text frame. */
        ClientFrame: {
            /** @description A random name of this device, kept by it. */
            device: string;
            /** @enum {string} */
            frame: "hello";
            resume?: components["schemas"]["Resume"] | null;
            /**
             * Format: int32
             * @description [`VERSION`].
             */
            version: number;
        } | {
            /**
             * Format: int64
             * @description The newest server message processed.
             */
            ack: number;
            /** @description What is said. */
            body: components["schemas"]["ClientMessage"];
            /** @enum {string} */
            frame: "message";
            /**
             * Format: int64
             * @description 1, 2, 3… within the resumable connection.
             */
            n: number;
        } | {
            /**
             * Format: int64
             * @description The newest server message processed.
             */
            ack: number;
            /** @enum {string} */
            frame: "ping";
        };
        /** @description What a client may say. */
        ClientMessage: {
            /** @description The wish; `busy` and `ringing` follow from calls and cannot be wished. */
            state: components["schemas"]["SeatWish"];
            /** @enum {string} */
            type: "seat.state";
        } | {
            /** @description The session that rings. */
            sid: string;
            /** @enum {string} */
            type: "call.answer";
        } | {
            /** @description The session that rings. */
            sid: string;
            /** @enum {string} */
            type: "call.decline";
        } | {
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "session.join";
        } | {
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "session.leave";
        } | {
            /**
             * Format: int32
             * @description The connection of this client within the session: 1 for its first `RTCPeerConnection`, 2 for the one
             *     that replaces it after a full reconnect, and so on. Media of an older one is dropped.
             */
            connection: number;
            /**
             * Format: int32
             * @description Echoed in the answer.
             */
            request: number;
            /** @description The offer (RFC 8866), at most 64 KiB. */
            sdp: string;
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "media.offer";
        } | {
            /** @description The camera. */
            camera: components["schemas"]["CaptureState"];
            /** @description The microphone. */
            microphone: components["schemas"]["CaptureState"];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "media.state";
            /** @description The page is in the foreground. */
            visible: boolean;
        } | {
            /** @description The session. */
            sid: string;
            /** @description It shows the party's view now. */
            to_party: boolean;
            /** @enum {string} */
            type: "screen.turned";
        };
        /**
         * @description Why the server closes a socket, and what the client does next.
         * @enum {string}
         */
        CloseCode: "unauthorised" | "version" | "replaced" | "malformed" | "too_slow" | "busy" | "shutting_down";
        /** @description A person confirms a guard's sentence. */
        Confirmation: {
            /** @description The guard. */
            guard: string;
        };
        /** @description Proof that a receipt's log is a beginning of today's (RFC 6962 §2.1.2). */
        Consistency: {
            /**
             * Format: int64
             * @description Size on the receipt.
             */
            from: number;
            /** @description Hashes, 64 hex each. */
            proof: string[];
            /** @description Root of the first `from` entries, 64 hex. */
            root_from: string;
            /**
             * Format: int64
             * @description Size now.
             */
            to: number;
        };
        /** @description An account that was made. */
        CreatedUser: {
            /** @description The password that was made up; it is shown this once. */
            password?: string | null;
            /** @description The account. */
            user: components["schemas"]["User"];
        };
        /** @description Something due in a case. */
        Deadline: {
            /** @description Done. */
            done: boolean;
            /** @description Until when. */
            due_at: string;
            /** @description Key of the table of deadlines, e.g. `file_traffic_simple`. */
            key: string;
        };
        /** @description A decision that was made. */
        Decision: {
            /** @description Its id in the log. */
            decision: string;
            delivered?: components["schemas"]["DeliveredNote"] | null;
            /** @description Its document's id in the log. */
            doc: string;
            /** @description Number of the document. */
            doc_no: string;
            /** @description The head printed on it. */
            head: components["schemas"]["Head"];
            /** @description When. */
            issued_at: string;
            /** @description Digest of the document's file, 64 hex. */
            sha256: string;
            signed?: components["schemas"]["SignedNote"] | null;
            /** @description What it says. */
            text: components["schemas"]["DecisionText"];
            /** @description Where the PDF can be read. */
            url: string;
        };
        /** @description The decision as it would read. */
        DecisionDraft: {
            /** @description Its text. */
            text: components["schemas"]["DecisionText"];
        };
        /** @description A decision in a list. */
        DecisionRef: {
            /** @description Number of the document. */
            doc_no: string;
            /** @description The penalty in words. */
            penalty_text: string;
        };
        /** @description What a decision says, in the order it is printed. */
        DecisionText: {
            /** @description Provisions violated and applied. */
            basis: string;
            /** @description Its number; none before it is issued. */
            doc_no?: string | null;
            /** @description What happened. */
            facts: string;
            /** @description Authority and unit. */
            issuer: string;
            /** @description Who it is against. */
            party: components["schemas"]["LabelledValue"][];
            /** @description How to pay. */
            pay?: string | null;
            /** @description The penalty. */
            penalty: string;
            /** @description Where the penalty is imposed. */
            place: string;
            /** @description Licence points. */
            points?: string | null;
            /** @description Remarks, e.g. on a refusal to sign. */
            remarks?: string | null;
            /** @description Remedies (行政复议法 arts. 20, 23). */
            remedy: string;
            /** @description Title of the document. */
            title: string;
        };
        /** @description What the party says to what they are told (行政处罚法 art. 45). */
        Defence: {
            /** @description Asks that an officer stand aside. */
            recusal_requested: boolean;
            /** @description In words. */
            text?: string | null;
            /** @description Says that they do without. */
            waived?: boolean;
        };
        /** @description How a decision reached the party. */
        DeliveredNote: {
            /** @description When. */
            at: string;
            /** @description The way. */
            method: components["schemas"]["DeliveryMethod"];
            /** @description The party's reason for refusing. */
            reason?: string | null;
        };
        /** @description How the decision reaches the party. */
        Delivery: {
            /** @description The way. */
            method: components["schemas"]["DeliveryMethod"];
            /** @description The party's reason for refusing. */
            reason?: string | null;
        };
        /**
         * @description A way of delivery.
         * @enum {string}
         */
        DeliveryMethod: "paper" | "electronic" | "refused";
        /**
         * @description How a session ended.
         * @enum {string}
         */
        EndState: "sealed" | "abandoned" | "cancelled";
        /** @description A way out of a procedure. */
        Exit: {
            /** @description Id, e.g. `ORAL_WARNING`. */
            id: string;
            /** @description Can be taken from here. */
            open: boolean;
            /** @description Title, English. */
            title_en: string;
            /** @description Title, Chinese. */
            title_zh: string;
        };
        /** @description Values for fields of a step. */
        FieldValues: {
            /** @description Field → value; `null` empties it. */
            values: {
                [key: string]: unknown;
            };
        };
        /** @description The asking officer's or seat's day so far, Asia/Shanghai. */
        Figures: {
            /**
             * Format: int64
             * @description From opening to the end, on average, of those that ended.
             */
            mean_handling_ms?: number | null;
            /**
             * Format: int32
             * @description Of those, sent back by the seat.
             */
            returned_today: number;
            /**
             * Format: int32
             * @description Sessions opened (officer) or answered (seat).
             */
            sessions_today: number;
        };
        /** @description The decision was filed (道路交通安全违法行为处理程序规定 art. 44: within two working days). */
        Filing: {
            /** @description Number the archive gave. */
            receipt_no: string;
        };
        /** @description Something a verifier reports. */
        Finding: {
            /** @description Stable code, e.g. `SEGMENT_DIGEST`. */
            code: string;
            /** @description What exactly. */
            detail?: string | null;
            /** @description `unusable`, `tampered`, `incomplete`, `warning` or `info`. */
            level: string;
            /** @description The file, from the bundle's top. */
            path?: string | null;
            /**
             * Format: int64
             * @description The entry.
             */
            seq?: number | null;
        };
        /** @description A declared gap. */
        Gap: {
            /** @description Reason, e.g. `no_rtp`. */
            reason: string;
            /**
             * Format: int64
             * @description The entry that declares it.
             */
            seq: number;
            /**
             * Format: int64
             * @description Start.
             */
            t0_us: number;
            /**
             * Format: int64
             * @description End.
             */
            t1_us: number;
            /** @description The track. */
            track: string;
        };
        /** @description Something that must hold. */
        Guard: {
            /** @description Provisions it rests on; empty: a rule of the product. */
            basis: string[];
            /** @description `machine`: computed; `human`: confirmed by a person. */
            check: string;
            /** @description Who can confirm it. */
            confirm_by: string[];
            /** @description The sentence, English. */
            en: string;
            /** @description Id, e.g. `fine_at_most`. */
            id: string;
            /** @description Whether it holds. */
            state: components["schemas"]["GuardState"];
            /** @description The sentence, Chinese. */
            zh: string;
        };
        /**
         * @description Whether a guard holds.
         * @enum {string}
         */
        GuardState: "holds" | "open" | "fails";
        /** @description A tree head: so many entries, and the Merkle root over them. */
        Head: {
            /** @description Merkle root, 64 lower-case hex. */
            root: string;
            /**
             * Format: int64
             * @description Entries.
             */
            size: number;
        };
        /** @description How the recording of a session stands. */
        Integrity: {
            /** @description What is broken now. */
            broken: components["schemas"]["Broken"][];
            /**
             * Format: int64
             * @description How far the client's clock is off, ms, where measured.
             */
            clock_offset_ms?: number | null;
            /**
             * Format: int64
             * @description Their length together, overlaps counted once, ms.
             */
            gap_ms: number;
            /**
             * Format: int32
             * @description Declared gaps so far.
             */
            gaps: number;
            /**
             * Format: int64
             * @description The end of what the newest commit covers, µs.
             */
            last_commit_us?: number | null;
            /**
             * Format: int64
             * @description The session clock now, µs.
             */
            mono_us: number;
            /** @description The signed note of the newest checkpoint (C2SP signed note); clients keep the newest. */
            note?: string | null;
            /** @description The state that the red dot shows. */
            recording: components["schemas"]["RecordingState"];
            /** @description Merkle root over them, 64 hex. */
            root: string;
            /**
             * Format: int64
             * @description Entries in the log.
             */
            size: number;
            /**
             * Format: int64
             * @description When recording began, µs of the session clock.
             */
            started_us?: number | null;
            /** @description Room for the recording. */
            storage: components["schemas"]["Storage"];
            /** @description Everything that is recorded. */
            tracks: components["schemas"]["TrackStatus"][];
        };
        /** @description An invitation, shown as a QR code. */
        Invitation: {
            /** @description Until when it can be used, once. */
            expires_at: string;
            /** @description The token alone. */
            token: string;
            /** @description `https://<site>/join#<token>`. */
            url: string;
        };
        /**
         * @description Who can be invited.
         * @enum {string}
         */
        InvitedRole: "party";
        /** @description The answer to issuing a decision. */
        Issued: {
            /** @description The decision. */
            decision: components["schemas"]["Decision"];
            /** @description The procedure after it. */
            view: components["schemas"]["ProcedureView"];
        };
        /** @description A list that is always given whole. */
        Items_Capture: {
            /** @description In the list's order. */
            items: components["schemas"]["Capture"][];
        };
        /** @description A list that is always given whole. */
        Items_ProcedureRef: {
            /** @description In the list's order. */
            items: components["schemas"]["ProcedureRef"][];
        };
        /** @description A list that is always given whole. */
        Items_QueueItem: {
            /** @description In the list's order. */
            items: components["schemas"]["QueueItem"][];
        };
        /** @description A list that is always given whole. */
        Items_SeatStatus: {
            /** @description In the list's order. */
            items: components["schemas"]["SeatStatus"][];
        };
        /** @description A list that is always given whole. */
        Items_Unit: {
            /** @description In the list's order. */
            items: components["schemas"]["Unit"][];
        };
        /** @description A list that is always given whole. */
        Items_Violation: {
            /** @description In the list's order. */
            items: components["schemas"]["Violation"][];
        };
        /** @description The token of an invitation: what stands behind `#` in its address. */
        Join: {
            /** @description The token. */
            token: string;
        };
        /** @description A party that joined. */
        Joined: {
            /** @description When it ends. */
            expires_at: string;
            /** @description Who the party is in it. */
            participant: string;
            /** @description The session. */
            sid: string;
            /** @description Bearer token for this session only. */
            token: string;
        };
        /**
         * @description Sound or picture.
         * @enum {string}
         */
        Kind: "audio" | "video";
        /** @description A labelled line. */
        LabelledValue: {
            /** @description Label. */
            label: string;
            /** @description Value. */
            value: string;
        };
        /** @description One entry. */
        LogEntry: {
            /** @description Handle of who did it. */
            actor: string;
            /** @description The entry's body. */
            body: {
                [key: string]: unknown;
            };
            /** @description Digest of the line with its line feed, 64 hex. */
            line_sha256: string;
            /**
             * Format: int64
             * @description Session clock, µs.
             */
            mono: number;
            /**
             * Format: int64
             * @description Its number.
             */
            seq: number;
            /** @description Wall clock. */
            time: string;
            /** @description Type. */
            type: string;
        };
        /** @description Entries of a log. */
        LogPage: {
            /** @description In order. */
            items: components["schemas"]["LogEntry"][];
            /**
             * Format: int64
             * @description Ask with this `from` for what follows; none: this was the end.
             */
            next?: number | null;
        };
        /** @description An entry worth a pin. */
        Mark: {
            /**
             * Format: int64
             * @description When.
             */
            at_us: number;
            /** @description Label, English. */
            label_en: string;
            /** @description Label, Chinese. */
            label_zh: string;
            /**
             * Format: int64
             * @description The entry.
             */
            seq: number;
            /** @description Type of the entry. */
            type: string;
        };
        /** @description Whose request this is. */
        Me: {
            party?: components["schemas"]["PartyAccess"] | null;
            user?: components["schemas"]["User"] | null;
        };
        /** @description Something to enter or capture. */
        Need: {
            /** @description What can be chosen, where the list is short. */
            choices?: components["schemas"]["Choice"][] | null;
            /** @description Else the member of the catalogue's choices, or `violations`. */
            choices_from?: string | null;
            /** @description Field. */
            field: string;
            /** @description Is there. */
            filled: boolean;
            /**
             * Format: int32
             * @description Needs of one group are alternatives: exactly one is filled.
             */
            group?: number | null;
            /** @description Label, English. */
            label_en: string;
            /** @description Label, Chinese. */
            label_zh: string;
            /**
             * Format: int64
             * @description Largest value of a number, else largest count.
             */
            max?: number | null;
            /**
             * Format: int64
             * @description Least value of a number, else least count.
             */
            min?: number | null;
            /** @description Can't stay empty (of a `group`: one of them). */
            required: boolean;
            /** @description `text`, `id_number`, `plate`, `enum`, `bool`, `geo`, `time`, `media`, `document`, `signature`, `number`. */
            type: string;
            /** @description What was entered. */
            value?: unknown;
        };
        /** @description A case to open. */
        NewCase: {
            /** @description Where. */
            place: components["schemas"]["Place"];
            /** @description Number plate. */
            plate?: string | null;
            /** @description Kind of plate, code. */
            plate_type?: string | null;
            /** @description Procedure id, e.g. `traffic_simple`. */
            procedure: string;
            /** @description Violation, national code. */
            violation_code?: string | null;
            /** @description Which row of that code. */
            violation_variant?: string | null;
        };
        /** @description Whom to invite into a session. */
        NewInvitation: {
            /** @description Only `party`. */
            role: components["schemas"]["InvitedRole"];
        };
        /** @description A new password, shown this once. */
        NewPassword: {
            /** @description The password. */
            password: string;
        };
        /** @description A unit to make. */
        NewUnit: {
            /** @description Where fines are paid. */
            bank: string;
            /** @description Full name, as decisions print it. */
            name: string;
            /**
             * Format: uuid
             * @description The unit above.
             */
            parent_id?: string | null;
            /** @description Who decides on reconsideration. */
            review_authority: string;
            /** @description Short name. */
            short_name: string;
        };
        /** @description An account to make. */
        NewUser: {
            /** @description Police number. */
            badge_no: string;
            /** @description Login name: 2 to 32 of `a-z 0-9 . _ -`. */
            login: string;
            /** @description Name. */
            name: string;
            /** @description At least 10 characters; one is made up if missing. */
            password?: string | null;
            /** @description Branch, e.g. `police_traffic`. */
            police_type: string;
            /** @description Holds the qualification to enforce the law. */
            qualified: boolean;
            /** @description What it is for. */
            role: components["schemas"]["Role"];
            /**
             * Format: uuid
             * @description Where the person serves.
             */
            unit_id: string;
        };
        /** @description The asker's own place in a session. */
        Own: {
            /** @description Their place. */
            participant: string;
            /** @description `officer`, `seat`, `party`, `chief`. */
            role: string;
        };
        /** @description One page of a list. */
        Page_AuditItem: {
            /** @description In the list's order. */
            items: components["schemas"]["AuditItem"][];
            /** @description Ask with this `cursor` for what follows; none: this was the end. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Case: {
            /** @description In the list's order. */
            items: components["schemas"]["Case"][];
            /** @description Ask with this `cursor` for what follows; none: this was the end. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_SessionSummary: {
            /** @description In the list's order. */
            items: components["schemas"]["SessionSummary"][];
            /** @description Ask with this `cursor` for what follows; none: this was the end. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_User: {
            /** @description In the list's order. */
            items: components["schemas"]["User"][];
            /** @description Ask with this `cursor` for what follows; none: this was the end. */
            next?: string | null;
        };
        /** @description Somebody in a session. */
        Participant: components["schemas"]["RosterEntry"] & {
            /** @description What they must send for the session to be recorded. */
            must_record: components["schemas"]["Kind"][];
        };
        /** @description A party's access to one session. */
        PartyAccess: {
            /** @description When it ends. */
            expires_at: string;
            /** @description Who they are in it. */
            participant: string;
            /** @description The session. */
            sid: string;
        };
        /** @description The fine was paid. */
        Payment: {
            /**
             * Format: date
             * @description Day of payment, `YYYY-MM-DD`.
             */
            paid_on: string;
            /** @description Number of the bank's receipt. */
            receipt_no: string;
        };
        /** @description A person as others see them. */
        Person: {
            /** @description Police number, as shown. */
            badge_no: string;
            /** @description Id of the account. */
            id: string;
            /** @description Name. */
            name: string;
            /** @description `officer`, `seat`, `chief`… */
            role: string;
            /** @description Unit, as shown. */
            unit_name: string;
        };
        /** @description Where something happened. */
        Place: {
            /**
             * Format: double
             * @description Radius of uncertainty, metres.
             */
            accuracy_m?: number | null;
            /**
             * Format: double
             * @description Latitude, degrees, WGS 84.
             */
            lat?: number | null;
            /**
             * Format: double
             * @description Longitude, degrees, WGS 84.
             */
            lon?: number | null;
            /** @description In words, as decisions print it. */
            text: string;
        };
        /**
         * @description Where a participant is.
         * @enum {string}
         */
        Presence: "absent" | "lobby" | "joined" | "interrupted" | "left";
        /** @description The next thing to do. */
        Primary: {
            /**
             * @description Which act: `start`, `sentence`, `fields`, `capture`, `confirm`, `complete`, `defence`, `review`,
             *     `decision`, `signature`, `delivery`, `seal`.
             */
            act: string;
            /** @description Who can do it. */
            by: string[];
            /** @description On the button, English. */
            label_en: string;
            /** @description On the button, Chinese. */
            label_zh: string;
            /** @description In which step. */
            step: string;
        };
        /** @description The body of every failure (RFC 9457), `application/problem+json`. */
        Problem: {
            /** @description Stable, for programs. */
            code: components["schemas"]["ProblemCode"];
            /** @description What happened and what to do, Chinese. */
            detail: string;
            /** @description What happened and what to do, English. */
            detail_en: string;
            /** @description What is wrong with which value. */
            fields?: {
                [key: string]: string;
            };
            refusal?: components["schemas"]["Refusal"] | null;
            /** @description Names the request in the server's log. */
            request_id: string;
            /**
             * Format: int32
             * @description HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description `urn:cloudseat:problem:<code>`. */
            type: string;
        };
        /**
         * @description Why a request was refused: stable, for programs.
         * @enum {string}
         */
        ProblemCode: "unauthenticated" | "sign_in_failed" | "invitation_invalid" | "too_many_attempts" | "forbidden" | "cross_origin" | "not_found" | "route_unknown" | "method_not_allowed" | "not_a_web_socket" | "json_malformed" | "body_invalid" | "query_invalid" | "cursor_invalid" | "media_type_unsupported" | "body_too_large" | "range_not_satisfiable" | "invalid" | "taken" | "refused" | "conflict" | "recording_unavailable" | "database_unavailable" | "busy" | "shutting_down" | "internal";
        /** @description A procedure that can be chosen. */
        ProcedureRef: {
            /** @description SHA-256 of the procedure's file, 64 hex. */
            digest: string;
            /** @description Id, e.g. `traffic_simple`. */
            id: string;
            /** @description Title, English. */
            title_en: string;
            /** @description Title, Chinese. */
            title_zh: string;
            /** @description Version. */
            version: string;
        };
        /** @description The procedure with everything done so far. */
        ProcedureView: {
            draft?: components["schemas"]["DecisionText"] | null;
            /** @description Ways out before the end. */
            exits: components["schemas"]["Exit"][];
            /** @description What is known of the case, for headings: `party_name`, `id_no_masked`, `plate`, … */
            facts: {
                [key: string]: unknown;
            };
            primary?: components["schemas"]["Primary"] | null;
            /** @description Procedure id. */
            procedure: string;
            /** @description Nothing can be changed any more. */
            sealed: boolean;
            /** @description State reached, as the procedure names it. */
            state: string;
            /** @description In order. */
            steps: components["schemas"]["Step"][];
            /** @description Title, English. */
            title_en: string;
            /** @description Title, Chinese. */
            title_zh: string;
            /** @description Version of the procedure's file. */
            version: string;
        };
        /** @description What the public may know of a decision. */
        PublicDecision: {
            /** @description Digest of its document, 64 hex. */
            doc_sha256: string;
        };
        /** @description What the public may know of a session: enough to check a receipt. */
        PublicReceipt: {
            decision?: components["schemas"]["PublicDecision"] | null;
            /** @description This site holds it. */
            known: boolean;
            /** @description The newest signed note. */
            note?: string | null;
            /** @description When it was opened. */
            opened_at?: string | null;
            /** @description Merkle root, 64 hex. */
            root?: string | null;
            /** @description When it was sealed. */
            sealed_at?: string | null;
            /** @description The session asked for. */
            sid: string;
            /** @description This site. */
            site: string;
            /**
             * Format: int64
             * @description Entries.
             */
            size?: number | null;
            state?: components["schemas"]["SessionState"] | null;
            /** @description The site's key that signs heads. */
            vkey: string;
        };
        /**
         * @description How good a link is.
         * @enum {string}
         */
        Quality: "good" | "weak" | "bad";
        /** @description A waiting call. */
        QueueItem: {
            /** @description Who calls. */
            officer: components["schemas"]["Person"];
            /** @description Where, in words. */
            place_text: string;
            /**
             * Format: int32
             * @description 1 = next.
             */
            position: number;
            /** @description Procedure id, e.g. `traffic_simple`. */
            procedure: string;
            ringing?: components["schemas"]["Ringing"] | null;
            /** @description The session. */
            sid: string;
            /** @description What for, where known. */
            violation_text?: string | null;
            /** @description Since when. */
            waiting_since: string;
        };
        /** @description The citizen's receipt. */
        Receipt: {
            /** @description The signed note (C2SP signed note). */
            note: string;
            /** @description QR code of `url_paper`, SVG. */
            qr_svg: string;
            /** @description Merkle root, 64 hex. */
            root: string;
            /** @description `size/first 32 hex of root`. */
            short: string;
            /**
             * Format: int64
             * @description Entries.
             */
            size: number;
            /** @description Receipt page with the note in the fragment. */
            url: string;
            /** @description The shorter address for paper. */
            url_paper: string;
        };
        /** @description A session's recording as a timeline, computed from its log alone. Times are µs of the session clock. */
        Recording: {
            /**
             * Format: int64
             * @description Its length.
             */
            duration_us: number;
            /**
             * Format: int64
             * @description Entries in the log.
             */
            entries: number;
            /** @description Everything missing. */
            gaps: components["schemas"]["Gap"][];
            /** @description Other entries worth a pin. */
            marks: components["schemas"]["Mark"][];
            /** @description The session. */
            sid: string;
            /** @description Steps as chapters. */
            steps: components["schemas"]["Chapter"][];
            /** @description Everything recorded. */
            tracks: components["schemas"]["Track"][];
        };
        /**
         * @description The state that the red dot shows.
         * @enum {string}
         */
        RecordingState: "waiting" | "recording" | "broken" | "ended";
        /** @description What the procedure misses, and on what basis. */
        Refusal: {
            /** @description Provisions it rests on, e.g. `行政处罚法:47`. */
            basis: string[];
            /** @description The guard that doesn't hold, where one is concerned. */
            guard?: string | null;
            /** @description The step, where one is concerned. */
            step?: string | null;
        };
        /** @description Where an earlier connection ended. */
        Resume: {
            /**
             * Format: int64
             * @description The newest server message processed.
             */
            received: number;
            /** @description The token of that connection's `welcome`. */
            token: string;
        };
        /** @description What the seat thinks of it. */
        Review: {
            /** @description Why; needed unless approved. */
            reason?: string | null;
            /** @description The verdict. */
            verdict: components["schemas"]["ReviewVerdict"];
        };
        /**
         * @description The seat's verdict.
         * @enum {string}
         */
        ReviewVerdict: "approved" | "rejected" | "escalated";
        /** @description Where a call rings. */
        Ringing: {
            /** @description The seat. */
            person: components["schemas"]["Person"];
            /** @description When it goes to the next seat. */
            until: string;
        };
        /**
         * @description What an account is for.
         * @enum {string}
         */
        Role: "officer" | "seat" | "chief" | "auditor" | "admin";
        /** @description Somebody in a session. */
        RosterEntry: {
            capture?: components["schemas"]["Capture"] | null;
            /** @description What to write under their picture. */
            display_name: string;
            /** @description Their place in the session. */
            participant: string;
            person?: components["schemas"]["Person"] | null;
            /** @description `officer`, `seat`, `party`… */
            role: string;
            /** @description Where they are. */
            state: components["schemas"]["Presence"];
        };
        /** @description A session that was sealed. */
        Sealed: {
            /** @description The log's head with the seal. */
            head: components["schemas"]["Head"];
            /** @description The citizen's receipt page. */
            receipt_url: string;
            /** @description Where it is now. */
            state: components["schemas"]["SessionState"];
        };
        /**
         * @description What a seat does.
         * @enum {string}
         */
        SeatState: "offline" | "idle" | "ringing" | "busy" | "away";
        /** @description A seat as the board shows it. */
        SeatStatus: {
            /** @description Who sits there. */
            person: components["schemas"]["Person"];
            /** @description The session they are in or that rings. */
            sid?: string | null;
            /** @description Since when. */
            since: string;
            /** @description What they do. */
            state: components["schemas"]["SeatState"];
        };
        /**
         * @description Whether a seat takes calls.
         * @enum {string}
         */
        SeatWish: "idle" | "away";
        /** @description A sentence to say. */
        Sentence: {
            /** @description Words, English. */
            en: string;
            /** @description Id, e.g. `SC02.1`. */
            id: string;
            /** @description Was said in the attempt that counts. */
            read: boolean;
            /**
             * Format: int64
             * @description When, µs of the session clock.
             */
            read_us?: number | null;
            /** @description Who says it. */
            speaker: string;
            /** @description Words, Chinese, with the case's facts in their places. */
            zh: string;
        };
        /** @description A sentence was said. */
        SentenceRead: {
            /** @description Its id, e.g. `SC02.1`. */
            sentence: string;
        };
        /** @description What the server sends: one JSON object a text frame. */
        ServerFrame: {
            /** @enum {string} */
            frame: "welcome";
            /**
             * Format: int64
             * @description The newest client message processed (0 where not resumed).
             */
            received: number;
            /** @description The earlier connection goes on; `false`: both sides start again at 1 and the client rejoins. */
            resumed: boolean;
            /** @description The server's wall clock. */
            server_time: string;
            /** @description Names this connection in a later [`Resume`]. */
            token: string;
            /**
             * Format: int32
             * @description [`VERSION`].
             */
            version: number;
        } | {
            /**
             * Format: int64
             * @description The newest client message processed.
             */
            ack: number;
            /** @description What is said. */
            body: components["schemas"]["ServerMessage"];
            /** @enum {string} */
            frame: "message";
            /**
             * Format: int64
             * @description 1, 2, 3… within the resumable connection.
             */
            n: number;
        } | {
            /**
             * Format: int64
             * @description The newest client message processed.
             */
            ack: number;
            /** @enum {string} */
            frame: "pong";
            /** @description The server's wall clock. */
            server_time: string;
        } | {
            /** @description Why. */
            code: components["schemas"]["CloseCode"];
            /** @description The reason in a sentence. */
            detail: string;
            /** @enum {string} */
            frame: "closing";
        };
        /** @description What the server may say. */
        ServerMessage: {
            /**
             * Format: int32
             * @description 1 = next.
             */
            position: number;
            ringing?: components["schemas"]["Ringing"] | null;
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "call.queued";
        } | {
            /** @description The call. */
            call: components["schemas"]["QueueItem"];
            /** @enum {string} */
            type: "call.offered";
            /** @description When it goes to the next seat. */
            until: string;
        } | {
            /** @description Why. */
            reason: components["schemas"]["Withdrawal"];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "call.withdrawn";
        } | {
            /** @description Who took it. */
            seat: components["schemas"]["Person"];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "call.answered";
        } | {
            /** @description Waiting calls, first first. */
            queue: components["schemas"]["QueueItem"][];
            /** @description All seats. */
            seats: components["schemas"]["SeatStatus"][];
            /** @enum {string} */
            type: "queue.changed";
        } | {
            /**
             * Format: int32
             * @description The connection number to offer with next.
             */
            connection: number;
            /** @description How the recording stands. */
            integrity: components["schemas"]["Integrity"];
            /** @description What the receiver has to send for the session to be recorded. */
            must_send: components["schemas"]["Kind"][];
            /** @description Who the receiver is in it. */
            participant: string;
            /** @description Everyone in it. */
            roster: components["schemas"]["RosterEntry"][];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "session.joined";
        } | {
            /** @description Everyone in it. */
            roster: components["schemas"]["RosterEntry"][];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "session.roster";
        } | {
            /** @description The state. */
            integrity: components["schemas"]["Integrity"];
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "session.integrity";
        } | {
            /** @description The session. */
            sid: string;
            /**
             * Format: int64
             * @description Entries in the log; what was read at this size or later is new enough.
             */
            size: number;
            /** @enum {string} */
            type: "session.changed";
        } | {
            /** @description The session. */
            sid: string;
            /** @description `sealed`, `abandoned` or `cancelled`. */
            state: components["schemas"]["EndState"];
            /** @enum {string} */
            type: "session.ended";
        } | {
            /**
             * Format: int32
             * @description The offer's number.
             */
            request: number;
            /** @description The answer (RFC 8866). */
            sdp: string;
            /** @description The session. */
            sid: string;
            /** @description Whom each receiving m-line carries. */
            slots: components["schemas"]["Slot"][];
            /** @enum {string} */
            type: "media.answer";
        } | {
            /** @description Stable: `sdp_invalid`, `stale_connection`, `not_joined`, `busy`. */
            code: string;
            /** @description The reason in a sentence. */
            detail: string;
            /**
             * Format: int32
             * @description The offer's number.
             */
            request: number;
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "media.rejected";
        } | {
            /** @description The session. */
            sid: string;
            /** @description All slots. */
            slots: components["schemas"]["Slot"][];
            /** @enum {string} */
            type: "media.slots";
        } | {
            /**
             * Format: int32
             * @description Receiving audio m-lines wanted in all.
             */
            audio: number;
            /** @description Put this video codec first when sending (`VP8`): a viewer lacks the present one. */
            prefer?: string | null;
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "media.please_offer";
            /**
             * Format: int32
             * @description Receiving video m-lines wanted in all.
             */
            video: number;
        } | {
            /** @description How good. */
            level: components["schemas"]["Quality"];
            /**
             * Format: int32
             * @description Loss towards the server in tenths of a percent, where known.
             */
            loss_permille?: number | null;
            /** @description Whose link. */
            participant: string;
            /**
             * Format: int32
             * @description Round trip in milliseconds, where known.
             */
            rtt_ms?: number | null;
            /** @description The session. */
            sid: string;
            /** @enum {string} */
            type: "media.quality";
        } | {
            /** @description The session. */
            sid: string;
            /** @description It shows the party's view now. */
            to_party: boolean;
            /** @enum {string} */
            type: "screen.turned";
        } | {
            /** @description Stable code. */
            code: string;
            /** @description What to do, Chinese. */
            detail: string;
            /** @description What to do, English. */
            detail_en: string;
            /**
             * Format: int64
             * @description The number of that message.
             */
            re: number;
            /** @enum {string} */
            type: "error";
        };
        /** @description A session. */
        Session: components["schemas"]["SessionSummary"] & {
            /** @description How the recording stands. */
            integrity: components["schemas"]["Integrity"];
            me?: components["schemas"]["Own"] | null;
            /** @description Everyone in it. */
            participants: components["schemas"]["Participant"][];
        };
        /**
         * @description Where a session is.
         * @enum {string}
         */
        SessionState: "queued" | "ringing" | "live" | "interrupted" | "sealed" | "abandoned" | "cancelled";
        /** @description A session in a list. */
        SessionSummary: {
            /**
             * Format: uuid
             * @description The case.
             */
            case_id?: string | null;
            decision?: components["schemas"]["DecisionRef"] | null;
            /**
             * Format: int64
             * @description From the call to the end, or until now.
             */
            duration_ms: number;
            /**
             * Format: int64
             * @description Their length together, overlaps counted once.
             */
            gap_ms: number;
            /**
             * Format: int32
             * @description Declared gaps.
             */
            gaps: number;
            /** @description Who called. */
            officer: components["schemas"]["Person"];
            /** @description When the call began. */
            opened_at: string;
            /** @description Procedure id. */
            procedure: string;
            /** @description When it was sealed. */
            sealed_at?: string | null;
            seat?: components["schemas"]["Person"] | null;
            /**
             * Format: int64
             * @description Consecutive number within the site.
             */
            session_no: number;
            /** @description Id, the same in addresses, folder and QR code. */
            sid: string;
            /** @description Where it is. */
            state: components["schemas"]["SessionState"];
            verdict?: components["schemas"]["VerdictRef"] | null;
        };
        /** @description Login name and password. */
        SignIn: {
            /** @description Login name. */
            login: string;
            /** @description Password. */
            password: string;
        };
        /** @description The party signs, or refuses to. */
        Signature: {
            /** @description The drawing: PNG in base64, at most 1 MiB. */
            image_png: string;
            /** @enum {string} */
            kind: "signed";
            /** @description How it was drawn. */
            strokes: components["schemas"]["Strokes"];
        } | {
            /** @enum {string} */
            kind: "refused";
            /** @description The reason the party gives, or that none was given. */
            reason: string;
        };
        /** @description A signed-in account. */
        SignedIn: {
            /** @description When it ends. */
            expires_at: string;
            /** @description For programs: `Authorization: Bearer <token>`. Browsers use the cookie set beside it. */
            token: string;
            /** @description Who signed in. */
            user: components["schemas"]["User"];
        };
        /** @description Whether the party signed. Signing acknowledges receipt; it is not consent. */
        SignedNote: {
            /** @description When. */
            at: string;
            /** @description `signed` or `refused`. */
            kind: string;
            /** @description The party's reason for refusing. */
            reason?: string | null;
        };
        /** @description Whom a receiving m-line carries. */
        Slot: {
            /** @description Sound or picture. */
            kind: components["schemas"]["Kind"];
            /** @description The m-line's `mid`. */
            mid: string;
            /** @description Whose; none: the m-line is free. */
            participant?: string | null;
        };
        /** @description A step. */
        Step: {
            /** @description Who acts. */
            actors: string[];
            /** @description A break repeats it from its first sentence. */
            atomic: boolean;
            /**
             * Format: int32
             * @description The attempt that counts, 1, 2…; 0 before the first.
             */
            attempt: number;
            /** @description All attempts. */
            attempts: components["schemas"]["Attempt"][];
            /** @description What must hold before it completes. */
            guards: components["schemas"]["Guard"][];
            /** @description Id, e.g. `S06_NOTICE`. */
            id: string;
            /** @description What is still missing, English. */
            missing_en: string[];
            /** @description What is still missing, Chinese. */
            missing_zh: string[];
            /** @description What is to be entered or captured. */
            needs: components["schemas"]["Need"][];
            /**
             * Format: int32
             * @description 1, 2, 3… as shown.
             */
            number: number;
            /** @description Must lie wholly inside unbroken recording. */
            recorded: boolean;
            /** @description What is to be said. */
            sentences: components["schemas"]["Sentence"][];
            /** @description Where it stands. */
            state: components["schemas"]["StepState"];
            /** @description Title, English. */
            title_en: string;
            /** @description Title, Chinese. */
            title_zh: string;
            /** @description Why it can't be started, English. */
            why_locked_en?: string | null;
            /** @description Why it can't be started, Chinese. */
            why_locked_zh?: string | null;
        };
        /**
         * @description Where a step stands.
         * @enum {string}
         */
        StepState: "locked" | "open" | "running" | "completed" | "invalid";
        /**
         * @description Room for the recording.
         * @enum {string}
         */
        Storage: "ok" | "low" | "full";
        /** @description A drawn signature as movement. */
        Strokes: {
            /**
             * Format: double
             * @description Device pixels per CSS pixel.
             */
            dpr: number;
            /**
             * Format: double
             * @description Height of the drawing area, CSS pixels.
             */
            height: number;
            /** @description `touch`, `pen` or `mouse`. */
            pointer: string;
            /** @description Strokes of points `[x, y, t_ms, pressure]`; at most 20 000 points. */
            strokes: number[][][];
            /**
             * Format: double
             * @description Width of the drawing area, CSS pixels.
             */
            width: number;
        };
        /** @description Leave the procedure before its end. */
        TakeExit: {
            /** @description Id of the exit. */
            exit: string;
            /** @description Why. */
            reason?: string | null;
        };
        /** @description First and last wall-clock time. */
        Times: {
            /** @description Of the first entry. */
            first?: string | null;
            /** @description Of the last entry. */
            last?: string | null;
        };
        /** @description A recorded track. */
        Track: {
            /**
             * Format: int64
             * @description Length of its files together.
             */
            bytes: number;
            /** @description Codec, as in the log. */
            codec: string;
            /** @description Under their picture. */
            display_name: string;
            /** @description Sound or picture. */
            kind: components["schemas"]["Kind"];
            /** @description Media type with `codecs=` (RFC 6381), for MediaSource. */
            mime: string;
            /** @description Whose. */
            participant: string;
            /** @description `officer`, `seat`, `party`… */
            role: string;
            /**
             * Format: int64
             * @description Segments.
             */
            segments: number;
            /** @description Spans with media. */
            spans: [
                number,
                number
            ][];
            /**
             * Format: int64
             * @description Start.
             */
            t0_us: number;
            /**
             * Format: int64
             * @description End.
             */
            t1_us: number;
            /** @description Id. */
            track: string;
            /** @description Its files concatenated, by range. */
            url: string;
        };
        /**
         * @description Whether a track flows.
         * @enum {string}
         */
        TrackState: "flowing" | "stalled" | "ended";
        /** @description A recorded track. */
        TrackStatus: {
            /** @description Sound or picture. */
            kind: components["schemas"]["Kind"];
            /** @description Whose. */
            participant: string;
            /** @description Whether it flows. */
            state: components["schemas"]["TrackState"];
            /** @description The track. */
            track: string;
        };
        /** @description A unit. */
        Unit: {
            /** @description Where fines are paid, as decisions print it. */
            bank: string;
            /**
             * Format: uuid
             * @description Id.
             */
            id: string;
            /** @description Full name, as decisions print it. */
            name: string;
            /**
             * Format: uuid
             * @description The unit above.
             */
            parent_id?: string | null;
            /** @description Who decides on reconsideration (行政复议法 art. 24), as decisions print it. */
            review_authority: string;
            /** @description Short name. */
            short_name: string;
        };
        /** @description A unit, as named beside a person. */
        UnitRef: {
            /**
             * Format: uuid
             * @description Id.
             */
            id: string;
            /** @description Full name. */
            name: string;
            /** @description Short name. */
            short_name: string;
        };
        /** @description An account, as administrators and its owner see it. */
        User: {
            /** @description Police number. */
            badge_no: string;
            /** @description When it was made. */
            created_at: string;
            /** @description Can't sign in. */
            disabled: boolean;
            /**
             * Format: uuid
             * @description Id.
             */
            id: string;
            /** @description Login name. */
            login: string;
            /** @description Name. */
            name: string;
            /** @description Branch, e.g. `police_traffic`. */
            police_type: string;
            /** @description Holds the qualification to enforce the law (行政处罚法 art. 42); an auxiliary never does. */
            qualified: boolean;
            /** @description What the account is for. */
            role: components["schemas"]["Role"];
            /** @description Where the person serves. */
            unit: components["schemas"]["UnitRef"];
        };
        /** @description What to change of an account; what is missing stays. */
        UserChange: {
            /** @description Police number. */
            badge_no?: string | null;
            /** @description Can't sign in; ends what is signed in. */
            disabled?: boolean | null;
            /** @description Name. */
            name?: string | null;
            /** @description Branch. */
            police_type?: string | null;
            /** @description Holds the qualification to enforce the law. */
            qualified?: boolean | null;
            role?: components["schemas"]["Role"] | null;
            /**
             * Format: uuid
             * @description Where the person serves.
             */
            unit_id?: string | null;
        };
        /** @description A verification in a list. */
        VerdictRef: {
            /** @description When it was made. */
            at: string;
            /** @description `complete`, `incomplete` or `unknown`. */
            completeness: string;
            /** @description `valid`, `tampered` or `unusable`. */
            verdict: string;
        };
        /** @description What a verifier finds (the evidence format's §10), with the time it took. */
        Verification: {
            /** @description `complete`, `incomplete` or `unknown`. */
            completeness: string;
            /** @description Decisions found. */
            decisions: components["schemas"]["VerifiedDecision"][];
            /** @description `full` or `partial`. */
            disclosure: string;
            /**
             * Format: int64
             * @description Entries read.
             */
            entries: number;
            /** @description Everything to report. */
            findings: components["schemas"]["Finding"][];
            /** @description Gaps a track, recomputed. */
            gaps?: unknown;
            head?: components["schemas"]["Head"] | null;
            /** @description The policy applied. */
            policy?: unknown;
            /** @description Proofs that hold. */
            proofs?: unknown;
            /** @description The session. */
            session?: string | null;
            /** @description The site. */
            site?: string | null;
            times?: components["schemas"]["Times"] | null;
            /**
             * Format: int64
             * @description How long it took, ms.
             */
            took_ms: number;
            /** @description Totals a track, recomputed. */
            tracks?: unknown;
            /**
             * Format: int32
             * @description Version of this object, 1.
             */
            v: number;
            /** @description `valid`, `tampered` or `unusable`. */
            verdict: string;
            /** @description Name and version of the verifier. */
            verifier: string;
        };
        /** @description A decision a verifier found. */
        VerifiedDecision: {
            /** @description Its id. */
            decision: string;
            /** @description Digest of its document. */
            doc_sha256: string;
            /** @description The head it names. */
            head: components["schemas"]["Head"];
            /**
             * Format: int64
             * @description The entry.
             */
            seq: number;
        };
        /** @description A traffic violation and what the law allows for it. */
        Violation: {
            /** @description Who commits it, e.g. `motor_driver`. */
            actor: string;
            /** @description Provisions of the penalty. */
            basis: string[];
            /** @description National code. */
            code: string;
            /** @description `H`, `M` or `L`: how sure the row is before the legal officer signed it off. */
            confidence: string;
            /**
             * Format: int32
             * @description Largest fine, yuan.
             */
            fine_max: number;
            /**
             * Format: int32
             * @description Least fine, yuan.
             */
            fine_min: number;
            /**
             * Format: int32
             * @description Usual amount in records, yuan: a reference, not the local standard.
             */
            fine_usual?: number | null;
            /** @description What to mind. */
            note: string;
            /** @description May be decided at the scene. */
            on_spot: boolean;
            /**
             * Format: int32
             * @description Licence points; none: no points for this actor.
             */
            points?: number | null;
            /** @description `simple`, `general` or `measure_first`. */
            procedure: string;
            /** @description The conduct, as decisions print it. */
            text: string;
            /** @description Tells rows of one code apart; empty where there is one. */
            variant: string;
            /** @description Provisions violated, as people cite them. */
            violates: string[];
            /** @description The statute names a warning. */
            warning_allowed: boolean;
        };
        /**
         * @description Why a call stops ringing.
         * @enum {string}
         */
        Withdrawal: "no_answer" | "cancelled" | "settled";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Attempt = components['schemas']['Attempt'];
export type AttemptState = components['schemas']['AttemptState'];
export type AuditItem = components['schemas']['AuditItem'];
export type Binary = components['schemas']['Binary'];
export type Broken = components['schemas']['Broken'];
export type Called = components['schemas']['Called'];
export type CaptureKind = components['schemas']['CaptureKind'];
export type CaptureState = components['schemas']['CaptureState'];
export type Case = components['schemas']['Case'];
export type Chapter = components['schemas']['Chapter'];
export type Choice = components['schemas']['Choice'];
export type Choices = components['schemas']['Choices'];
export type ClientFrame = components['schemas']['ClientFrame'];
export type ClientMessage = components['schemas']['ClientMessage'];
export type CloseCode = components['schemas']['CloseCode'];
export type Confirmation = components['schemas']['Confirmation'];
export type Consistency = components['schemas']['Consistency'];
export type CreatedUser = components['schemas']['CreatedUser'];
export type Deadline = components['schemas']['Deadline'];
export type Decision = components['schemas']['Decision'];
export type DecisionDraft = components['schemas']['DecisionDraft'];
export type DecisionRef = components['schemas']['DecisionRef'];
export type DecisionText = components['schemas']['DecisionText'];
export type Defence = components['schemas']['Defence'];
export type DeliveredNote = components['schemas']['DeliveredNote'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryMethod = components['schemas']['DeliveryMethod'];
export type EndState = components['schemas']['EndState'];
export type Exit = components['schemas']['Exit'];
export type FieldValues = components['schemas']['FieldValues'];
export type Figures = components['schemas']['Figures'];
export type Filing = components['schemas']['Filing'];
export type Finding = components['schemas']['Finding'];
export type Gap = components['schemas']['Gap'];
export type Guard = components['schemas']['Guard'];
export type GuardState = components['schemas']['GuardState'];
export type Head = components['schemas']['Head'];
export type Integrity = components['schemas']['Integrity'];
export type Invitation = components['schemas']['Invitation'];
export type InvitedRole = components['schemas']['InvitedRole'];
export type ItemsCapture = components['schemas']['Items_Capture'];
export type ItemsProcedureRef = components['schemas']['Items_ProcedureRef'];
export type ItemsQueueItem = components['schemas']['Items_QueueItem'];
export type ItemsSeatStatus = components['schemas']['Items_SeatStatus'];
export type ItemsUnit = components['schemas']['Items_Unit'];
export type ItemsViolation = components['schemas']['Items_Violation'];
export type Join = components['schemas']['Join'];
export type Joined = components['schemas']['Joined'];
export type Kind = components['schemas']['Kind'];
export type LabelledValue = components['schemas']['LabelledValue'];
export type LogEntry = components['schemas']['LogEntry'];
export type LogPage = components['schemas']['LogPage'];
export type Mark = components['schemas']['Mark'];
export type Me = components['schemas']['Me'];
export type NewCase = components['schemas']['NewCase'];
export type NewInvitation = components['schemas']['NewInvitation'];
export type NewPassword = components['schemas']['NewPassword'];
export type NewUnit = components['schemas']['NewUnit'];
export type NewUser = components['schemas']['NewUser'];
export type Own = components['schemas']['Own'];
export type PageAuditItem = components['schemas']['Page_AuditItem'];
export type PageCase = components['schemas']['Page_Case'];
export type PageSessionSummary = components['schemas']['Page_SessionSummary'];
export type PageUser = components['schemas']['Page_User'];
export type Participant = components['schemas']['Participant'];
export type PartyAccess = components['schemas']['PartyAccess'];
export type Payment = components['schemas']['Payment'];
export type Person = components['schemas']['Person'];
export type Place = components['schemas']['Place'];
export type Presence = components['schemas']['Presence'];
export type Primary = components['schemas']['Primary'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type ProcedureRef = components['schemas']['ProcedureRef'];
export type PublicDecision = components['schemas']['PublicDecision'];
export type PublicReceipt = components['schemas']['PublicReceipt'];
export type Quality = components['schemas']['Quality'];
export type QueueItem = components['schemas']['QueueItem'];
export type Receipt = components['schemas']['Receipt'];
export type Recording = components['schemas']['Recording'];
export type RecordingState = components['schemas']['RecordingState'];
export type Refusal = components['schemas']['Refusal'];
export type Resume = components['schemas']['Resume'];
export type Review = components['schemas']['Review'];
export type ReviewVerdict = components['schemas']['ReviewVerdict'];
export type Ringing = components['schemas']['Ringing'];
export type RosterEntry = components['schemas']['RosterEntry'];
export type Sealed = components['schemas']['Sealed'];
export type SeatState = components['schemas']['SeatState'];
export type SeatStatus = components['schemas']['SeatStatus'];
export type SeatWish = components['schemas']['SeatWish'];
export type Sentence = components['schemas']['Sentence'];
export type SentenceRead = components['schemas']['SentenceRead'];
export type ServerFrame = components['schemas']['ServerFrame'];
export type ServerMessage = components['schemas']['ServerMessage'];
export type Session = components['schemas']['Session'];
export type SessionState = components['schemas']['SessionState'];
export type SessionSummary = components['schemas']['SessionSummary'];
export type SignIn = components['schemas']['SignIn'];
export type Signature = components['schemas']['Signature'];
export type SignedIn = components['schemas']['SignedIn'];
export type SignedNote = components['schemas']['SignedNote'];
export type Slot = components['schemas']['Slot'];
export type StepState = components['schemas']['StepState'];
export type Storage = components['schemas']['Storage'];
export type Strokes = components['schemas']['Strokes'];
export type TakeExit = components['schemas']['TakeExit'];
export type Times = components['schemas']['Times'];
export type Track = components['schemas']['Track'];
export type TrackState = components['schemas']['TrackState'];
export type TrackStatus = components['schemas']['TrackStatus'];
export type Unit = components['schemas']['Unit'];
export type UnitRef = components['schemas']['UnitRef'];
export type User = components['schemas']['User'];
export type UserChange = components['schemas']['UserChange'];
export type VerdictRef = components['schemas']['VerdictRef'];
export type Verification = components['schemas']['Verification'];
export type VerifiedDecision = components['schemas']['VerifiedDecision'];
export type Violation = components['schemas']['Violation'];
export type Withdrawal = components['schemas']['Withdrawal'];
export type $defs = Record<string, never>;
export interface operations {
    list_audit: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. */
                cursor?: string;
                /** @description Items wanted, at most 200; 50 if not said. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditItem"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cases: {
        parameters: {
            query?: {
                /** @description Only one's own. */
                mine?: boolean;
                /** @description In plate, violation, place or document number. */
                q?: string;
                /** @description The `next` of the page before. */
                cursor?: string;
                /** @description Items wanted, at most 200; 50 if not said. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Case"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_case: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCase"];
            };
        };
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    call_seat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Called"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_choices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Choices"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_procedures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_ProcedureRef"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_violations: {
        parameters: {
            query?: {
                /** @description In code or text. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Violation"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    own_figures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Figures"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    join: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Join"];
            };
        };
        responses: {
            /** @description Joined; a browser gets the cookie `cloudseat`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Joined"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_QueueItem"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check_receipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicReceipt"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    prove_consistency: {
        parameters: {
            query: {
                /** @description Size on the receipt. */
                from: number;
            };
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consistency"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_seats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_SeatStatus"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description In the session's id or number, people's names, plate, or document number. */
                q?: string;
                /** @description In this state. */
                state?: components["schemas"]["SessionState"];
                /** @description Opened at or after. */
                from?: string;
                /** @description Opened before. */
                to?: string;
                /** @description The `next` of the page before. */
                cursor?: string;
                /** @description Items wanted, at most 200; 50 if not said. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SessionSummary"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_bundle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": components["schemas"]["Binary"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cancelled. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_captures: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Capture"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_capture: {
        parameters: {
            query: {
                /** @description What it shows. */
                kind: components["schemas"]["CaptureKind"];
                /** @description The step it belongs to. */
                step?: string;
                /** @description The field it fills. */
                field?: string;
            };
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "image/jpeg": components["schemas"]["Binary"];
            };
        };
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Captured"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_capture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The picture; the same form as a document's id. */
                capture: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": components["schemas"]["Binary"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_decision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_decision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Issued"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionDraft"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    state_defence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Defence"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Delivery"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The document. */
                doc: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": components["schemas"]["Binary"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_exit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TakeExit"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    file_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Filing"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_log: {
        parameters: {
            query?: {
                /** @description First entry wanted, 0 if not said. */
                from?: number;
                /** @description Entries wanted, at most 1000; 200 if not said. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    note_payment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Payment"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_receipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_recording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_track: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The track. */
                track: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole track, in the media type of the track. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/mp4": components["schemas"]["Binary"];
                };
            };
            /** @description The range asked for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/mp4": components["schemas"]["Binary"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Review"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    seal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sealed"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Signature"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_steps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    complete_step: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The step. */
                step: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The step. */
                step: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_fields: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The step. */
                step: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FieldValues"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_sentence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The step. */
                step: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SentenceRead"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_step: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
                /** @description The step. */
                step: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcedureView"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session. */
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in; a browser gets the cookie `cloudseat`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out, or nobody was signed in. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_units: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Items_Unit"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_unit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUnit"];
            };
        };
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unit"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description In login, name or police number. */
                q?: string;
                /** @description With this role. */
                role?: components["schemas"]["Role"];
                /** @description The `next` of the page before. */
                cursor?: string;
                /** @description Items wanted, at most 200; 50 if not said. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description 201: see the schema. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 200: see the schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewPassword"];
                };
            };
            /** @description A failure; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
