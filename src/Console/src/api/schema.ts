// Made by scripts/console-api.mjs of the server's /openapi.json.
export interface paths {
    "/api/v1/reports/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetAttendanceReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/attendance.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ExportAttendanceReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListAttendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attendance.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ExportAttendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attendance/{id}/correction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CorrectAttendance"];
        delete: operations["UndoCorrection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cameras": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListCameras"];
        put?: never;
        post: operations["AddCamera"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cameras/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetCamera"];
        put: operations["ReplaceCamera"];
        post?: never;
        delete: operations["RemoveCamera"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cameras/{id}/still": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetCameraStill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/check-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CheckIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attendance/manual": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["MarkAttendance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roll-call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetRollCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/class-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListClassSessions"];
        put?: never;
        post: operations["AnnounceClassSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/class-sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetClassSession"];
        put: operations["ReplaceClassSession"];
        post?: never;
        delete: operations["RemoveClassSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListDevices"];
        put?: never;
        post: operations["AddDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["RemoveDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["BeatDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListApiKeys"];
        put?: never;
        post: operations["MakeApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["RevokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetSession"];
        put?: never;
        post: operations["OpenSession"];
        delete: operations["CloseSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["ChangeOwnPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notices/{id}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["AcknowledgeNotice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/erasures/{receiptId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/template-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetTemplateKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/template-keys/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RotateTemplateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["VerifyAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetConsent"];
        put: operations["RecordConsent"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}/erasure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EraseStudent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ExportStudent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["PreviewRetention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/retention/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RunRetention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["VerifyFace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gallery/scores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ScoreGallery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gallery/similarities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["SurveyGallery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recognitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RecognizeFaces"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sightings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RecordSighting"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/school": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetSchool"];
        put: operations["ChangeSchool"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetSetUp"];
        put?: never;
        post: operations["SetUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server/address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetServerAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListSites"];
        put?: never;
        post: operations["AddSite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites/distance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["MeasurePlace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetSite"];
        put: operations["ReplaceSite"];
        post?: never;
        delete: operations["RemoveSite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/evidence-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetEvidencePolicy"];
        put: operations["ChooseEvidencePolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["BrowseStudents"];
        put?: never;
        post: operations["AddStudent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/classes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListClasses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ImportRoster"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetStudent"];
        put: operations["ReplaceProfile"];
        post?: never;
        delete: operations["RemoveStudent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}/faces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListFaces"];
        put?: never;
        post: operations["AddFace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/students/{id}/faces/{faceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["RemoveFace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timetable/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ImportTimetable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timetable/lessons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListLessons"];
        put?: never;
        post: operations["AddLesson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timetable/lessons/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetLesson"];
        put: operations["ReplaceLesson"];
        post?: never;
        delete: operations["RemoveLesson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timetable/holidays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListHolidays"];
        put?: never;
        post: operations["AddHoliday"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timetable/holidays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["RemoveHoliday"];
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
        get: operations["ListUsers"];
        put?: never;
        post: operations["AddUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{username}": {
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
        patch: operations["ChangeUser"];
        trace?: never;
    };
    "/api/v1/users/{username}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["LogOutUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListWebhooks"];
        put?: never;
        post: operations["MakeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetWebhook"];
        put?: never;
        post?: never;
        delete: operations["RemoveWebhook"];
        options?: never;
        head?: never;
        patch: operations["ChangeWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["RotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["TestWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ReplayDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{delivery}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["GetDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{delivery}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ReplayDelivery"];
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
        AddedFace: {
            student_id: string;
            /** Format: int32 */
            faces_found: number;
            already_enrolled: boolean;
            lookalike?: components["schemas"]["Lookalike"];
            central?: boolean;
            /** Format: int32 */
            turned?: number;
        };
        ApiKey: {
            name: string;
            prefix: string;
            scopes: string[];
            status: components["schemas"]["KeyStatus"];
            created_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            previous_valid_until: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** Format: uuid */
            id: string;
        };
        ApiKeyPage: {
            items: components["schemas"]["ApiKey"][];
            /** Format: int32 */
            total: number;
        };
        ApiKeyRotation: {
            /** Format: double */
            overlap_seconds?: number | null;
        };
        Attempt: {
            /** Format: int32 */
            number: number;
            /** Format: date-time */
            at: string;
            /** Format: int32 */
            latency_ms: number;
            /** Format: int32 */
            http_status: number | null;
            message: string;
        };
        AttendanceLine: {
            /** Format: uuid */
            id: string;
            student_id: string;
            /** Format: uuid */
            class_session_id: string | null;
            /** Format: date-time */
            at: string;
            status: components["schemas"]["AttendanceStatus"];
            origin: components["schemas"]["AttendanceOrigin"];
            needs_review: boolean;
            evidence: Record<string, never>;
            full_name: string | null;
            class_name: string | null;
            class_session: string | null;
            /** Format: date-time */
            local_at: string;
            correction: components["schemas"]["Correction"] | null;
        };
        /** @enum {string} */
        AttendanceOrigin: "camera" | "check_in" | "manual" | "schedule";
        AttendancePage: {
            items: components["schemas"]["AttendanceLine"][];
            next_cursor: string | null;
        };
        AttendanceRecord: {
            /** Format: uuid */
            id: string;
            student_id: string;
            /** Format: uuid */
            class_session_id: string | null;
            /** Format: date-time */
            at: string;
            status: components["schemas"]["AttendanceStatus"];
            origin: components["schemas"]["AttendanceOrigin"];
            needs_review: boolean;
            evidence: Record<string, never>;
        };
        /** @enum {string} */
        AttendanceStatus: "present" | "late" | "absent" | "excused" | "sick";
        AuditEntry: {
            /** Format: int64 */
            number: number;
            /** Format: date-time */
            at: string;
            actor: string;
            action: string;
            subject: string;
            details: Record<string, never>;
        };
        /** @enum {string} */
        AuditFault: "changed" | "missing" | "not_as_noted";
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            /** Format: int64 */
            next: number | null;
        };
        AuditVerdict: {
            ok: boolean;
            /** Format: int64 */
            rows: number;
            head: string;
            fault: components["schemas"]["AuditFault"] | null;
            /** Format: int64 */
            at: number | null;
        };
        Backup: {
            folder: string;
            /** Format: date-time */
            newest_at: string | null;
            /** Format: double */
            most_age_hours: number;
            overdue: boolean;
        };
        Box: {
            /** Format: int32 */
            top: number;
            /** Format: int32 */
            right: number;
            /** Format: int32 */
            bottom: number;
            /** Format: int32 */
            left: number;
        };
        CalledSession: {
            /** Format: uuid */
            id: string;
            name: string;
            class_name: string | null;
            /** Format: date-time */
            opens_at: string;
            /** Format: date-time */
            starts_at: string;
            /** Format: double */
            grace_minutes: number;
            /** Format: date-time */
            ends_at: string;
            counts: components["schemas"]["RollCallCounts"];
            entries: components["schemas"]["RosterEntry"][];
        };
        /** @enum {string} */
        CallerKind: "user" | "key" | "device" | "local";
        Camera: {
            /** Format: uuid */
            id: string;
            name: string;
            source: string;
            has_credentials: boolean;
            device_id: string;
            location_id: string | null;
            class_id: string | null;
            hours: components["schemas"]["CameraTimes"] | null;
            region: components["schemas"]["CameraRegion"] | null;
            /** Format: int32 */
            min_face_px: number | null;
            direction: components["schemas"]["CameraDirection"];
            /** Format: double */
            frames_per_second: number;
            enabled: boolean;
            state: components["schemas"]["CameraState"];
            state_reason: string | null;
            /** Format: date-time */
            since: string | null;
            /** Format: double */
            measured_frames_per_second: number;
            /** Format: int64 */
            frames_taken: number;
            /** Format: int64 */
            frames_dropped: number;
            /** Format: date-time */
            last_frame_at: string | null;
            last_error: string | null;
            /** Format: date-time */
            last_error_at: string | null;
        };
        CameraBody: {
            name: string;
            source: string;
            user?: string | null;
            password?: string | null;
            device_id: string;
            location_id?: string | null;
            class_id?: string | null;
            hours?: components["schemas"]["CameraTimes"] | null;
            region?: components["schemas"]["CameraRegion"] | null;
            /** Format: int32 */
            min_face_px?: number | null;
            direction?: components["schemas"]["CameraDirection"] | null;
            /** Format: double */
            frames_per_second?: number | null;
            enabled?: boolean | null;
        };
        /** @enum {string} */
        CameraDirection: "in" | "out" | "both";
        CameraPage: {
            items: components["schemas"]["Camera"][];
            /** Format: int32 */
            total: number;
        };
        CameraRegion: {
            /** Format: double */
            left: number;
            /** Format: double */
            top: number;
            /** Format: double */
            width: number;
            /** Format: double */
            height: number;
        };
        /** @enum {string} */
        CameraState: "connecting" | "live" | "waiting" | "off_hours" | "disabled";
        CameraTimes: {
            weekdays: components["schemas"]["DayOfWeek"][];
            from: string;
            to: string;
        };
        Certificate: {
            name: string;
            issuer: string;
            /** Format: date-time */
            not_before: string;
            /** Format: date-time */
            not_after: string;
            sha256: string;
            ending: boolean;
        };
        CheckInAccepted: {
            decision: components["schemas"]["CheckInOutcome"];
            /** Format: uuid */
            record_id: string;
            student_id: string;
            /** Format: date-time */
            at: string;
            status: components["schemas"]["AttendanceStatus"];
            verdict: components["schemas"]["PresenceVerdict"];
            /** Format: uuid */
            site_id: string;
            /** Format: double */
            distance_m: number;
            reasons: components["schemas"]["CheckInReason"][];
        };
        /** @enum {string} */
        CheckInOutcome: "accepted" | "review" | "refused";
        CheckInReason: {
            code: string;
            message: string;
            effect: components["schemas"]["CheckInOutcome"];
        };
        ClassSession: {
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: date-time */
            opens_at: string;
            /** Format: date-time */
            starts_at: string;
            /** Format: double */
            grace_minutes: number;
            /** Format: date-time */
            ends_at: string;
            /** Format: date-time */
            settled_at: string | null;
        };
        ClassSessionAnnouncement: {
            name: string;
            /** Format: date-time */
            opens_at?: string | null;
            /** Format: date-time */
            starts_at: string;
            /** Format: double */
            grace_minutes?: number | null;
            /** Format: date-time */
            ends_at: string;
            roster?: string[] | null;
        };
        ClassSessionListing: {
            items: components["schemas"]["ClassSession"][];
        };
        ClassSessionWithAttendance: {
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: date-time */
            opens_at: string;
            /** Format: date-time */
            starts_at: string;
            /** Format: double */
            grace_minutes: number;
            /** Format: date-time */
            ends_at: string;
            /** Format: date-time */
            settled_at: string | null;
            attendance: components["schemas"]["RosterEntry"][];
        };
        Consent: {
            state: components["schemas"]["ConsentState"];
            is_required: boolean;
            history: components["schemas"]["ConsentStatement"][];
        };
        /** @enum {string} */
        ConsentState: "not_asked" | "given" | "withdrawn";
        ConsentStatement: {
            state: components["schemas"]["ConsentState"];
            method: string;
            note: string | null;
            recorded_by: string;
            /** Format: date-time */
            recorded_at: string;
        };
        Correction: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            record_id: string;
            student_id: string | null;
            /** Format: uuid */
            given_record_id: string | null;
            reason: string;
            corrected_by: string;
            /** Format: date-time */
            corrected_at: string;
            negative_example: boolean;
        };
        Database: {
            version: string;
            /** Format: int64 */
            size_bytes: number;
        };
        /** @enum {string} */
        DayOfWeek: "sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday";
        DeliveriesState: {
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            dead: number;
            /** Format: double */
            oldest_pending_seconds: number;
        };
        Delivery: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            event_id: string;
            event: string;
            student_id: string | null;
            /** Format: int64 */
            sequence: number | null;
            status: components["schemas"]["DeliveryStatus"];
            /** Format: int32 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            next_attempt_at: string | null;
            /** Format: date-time */
            settled_at: string | null;
            erased: boolean;
            outcomes: components["schemas"]["Attempt"][];
        };
        DeliveryPage: {
            items: components["schemas"]["Delivery"][];
            /** Format: uuid */
            next: string | null;
        };
        /** @enum {string} */
        DeliveryStatus: "pending" | "sent" | "dead";
        DeliveryWithBody: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            event_id: string;
            event: string;
            student_id: string | null;
            /** Format: int64 */
            sequence: number | null;
            status: components["schemas"]["DeliveryStatus"];
            /** Format: int32 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            next_attempt_at: string | null;
            /** Format: date-time */
            settled_at: string | null;
            erased: boolean;
            outcomes: components["schemas"]["Attempt"][];
            body: string | null;
        };
        Device: {
            name: string;
            prefix: string;
            scopes: string[];
            status: components["schemas"]["KeyStatus"];
            created_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            previous_valid_until: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            device_id: string;
            /** Format: uuid */
            key_id: string;
            /** Format: date-time */
            last_heartbeat_at: string | null;
            state: components["schemas"]["DeviceState"];
        };
        DevicePage: {
            items: components["schemas"]["Device"][];
            /** Format: int32 */
            total: number;
        };
        /** @enum {string} */
        DeviceState: "online" | "silent" | "removed";
        /** @enum {string} */
        DisabledReason: "by_hand" | "gone" | "failing";
        Disk: {
            folder: string;
            /** Format: int64 */
            free_bytes: number;
            /** Format: int64 */
            total_bytes: number;
        };
        Erasure: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            erased_at: string;
            erased_by: string;
            removed: {
                [key: string]: number;
            };
        };
        ErasureProof: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            erased_at: string;
            erased_by: string;
            removed: {
                [key: string]: number;
            };
            is_of: boolean | null;
        };
        /** @enum {string} */
        EvidenceAction: "note" | "review" | "refuse";
        EvidencePolicy: {
            action: components["schemas"]["EvidenceAction"];
            /** Format: double */
            decisive_weight: number;
        };
        EvidencePolicyChoice: {
            action: components["schemas"]["EvidenceAction"];
            /** Format: double */
            decisive_weight: number;
        };
        FaceTemplate: {
            /** Format: uuid */
            id: string;
            contract: string;
            /** Format: date-time */
            enrolled_at: string;
            enrolled_by: string | null;
            imported: boolean;
        };
        FaceTemplateListing: {
            items: components["schemas"]["FaceTemplate"][];
        };
        /** @enum {string} */
        FeatureCollectionType: "FeatureCollection";
        /** @enum {string} */
        FeatureType: "Feature";
        Finding: {
            check: string;
            state: components["schemas"]["FindingState"];
            message: string;
        };
        /** @enum {string} */
        FindingState: "ok" | "warning" | "fault";
        FirstSetUpOrder: {
            username: string;
            password: string;
            school_name: string;
            time_zone: string;
            site?: components["schemas"]["FirstSite"] | null;
        };
        FirstSite: {
            name: string;
            /** Format: double */
            latitude: number;
            /** Format: double */
            longitude: number;
            /** Format: double */
            radius_m: number;
        };
        GalleryScores: {
            /** Format: int32 */
            templates: number;
            /** Format: int32 */
            students: number;
            /** Format: double */
            threshold: number;
            /** Format: double */
            lookalike_margin: number;
            /** Format: double */
            step: number;
            genuine: components["schemas"]["ScoreStep"][];
            impostor: components["schemas"]["ScoreStep"][];
            false_non_match: components["schemas"]["MeasuredRate"];
            false_match: components["schemas"]["MeasuredRate"];
            strangers_named: components["schemas"]["StrangerRate"];
        };
        GalleryState: {
            /** Format: int32 */
            templates: number;
            /** Format: int32 */
            students: number;
            /** Format: double */
            threshold: number;
        };
        GallerySurvey: {
            /** Format: int32 */
            students: number;
            /** Format: int32 */
            looked_at: number;
            /** Format: double */
            threshold: number;
            /** Format: double */
            duplicate_threshold: number;
            strangers_named: components["schemas"]["StrangersNamed"];
            nearest_other: components["schemas"]["NearestOther"][];
            lookalikes: components["schemas"]["Lookalikes"][];
        };
        /** @enum {string} */
        GeometryType: "Point" | "Polygon";
        GivenSighting: {
            sighting: string;
        };
        Holiday: {
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: date */
            first_day: string;
            /** Format: date */
            last_day: string;
        };
        HolidayListing: {
            items: components["schemas"]["Holiday"][];
        };
        InferenceState: {
            /** Format: int32 */
            workers: number;
            /** Format: int32 */
            busy: number;
            /** Format: int32 */
            waiting: number;
            /** Format: int32 */
            queue_length: number;
        };
        IssuedApiKey: {
            name: string;
            prefix: string;
            scopes: string[];
            status: components["schemas"]["KeyStatus"];
            created_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            previous_valid_until: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** Format: uuid */
            id: string;
            key: string;
        };
        IssuedDevice: {
            name: string;
            prefix: string;
            scopes: string[];
            status: components["schemas"]["KeyStatus"];
            created_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            previous_valid_until: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            device_id: string;
            /** Format: uuid */
            key_id: string;
            /** Format: date-time */
            last_heartbeat_at: string | null;
            state: components["schemas"]["DeviceState"];
            key: string;
        };
        KeyRotation: {
            /** Format: int32 */
            rotated: number;
            current_key: string;
            /** Format: int64 */
            remaining: number;
            keys: components["schemas"]["TemplateKey"][];
        };
        /** @enum {string} */
        KeyStatus: "good" | "expired" | "revoked";
        Lesson: {
            /** Format: uuid */
            id: string;
            name: string;
            class_name: string | null;
            weekdays: components["schemas"]["DayOfWeek"][];
            starts: string;
            ends: string;
            /** Format: double */
            opens_before_minutes: number;
            /** Format: double */
            grace_minutes: number;
            students: string[];
            /** Format: date */
            valid_from: string;
            /** Format: date */
            valid_until: string | null;
            /** Format: int32 */
            expected: number;
        };
        LessonBody: {
            name: string;
            class_name?: string | null;
            weekdays: components["schemas"]["DayOfWeek"][];
            starts: string;
            ends: string;
            /** Format: double */
            opens_before_minutes?: number | null;
            /** Format: double */
            grace_minutes?: number | null;
            students?: string[] | null;
            /** Format: date */
            valid_from?: string | null;
            /** Format: date */
            valid_until?: string | null;
        };
        LessonPage: {
            items: components["schemas"]["Lesson"][];
            /** Format: int32 */
            total: number;
        };
        Lookalike: {
            student_id: string;
            /** Format: double */
            similarity: number;
        };
        Lookalikes: {
            student_id: string;
            other_id: string;
            /** Format: double */
            similarity: number;
        };
        Machine: {
            disk: components["schemas"]["Disk"];
            database: components["schemas"]["Database"];
            backup: components["schemas"]["Backup"] | null;
            certificate: components["schemas"]["Certificate"] | null;
            findings: components["schemas"]["Finding"][];
        };
        MeasuredRate: {
            /** Format: double */
            comparisons: number;
            /** Format: double */
            errors: number;
            /** Format: double */
            rate: number | null;
            /** Format: double */
            low: number;
            /** Format: double */
            high: number;
            too_few: boolean;
        };
        Model: {
            name: string;
            file: string;
            sha256: string;
        };
        NearestOther: {
            /** Format: double */
            from: number;
            /** Format: int32 */
            students: number;
        };
        NewApiKey: {
            name: string;
            scopes?: string[] | null;
            /** Format: date-time */
            expires_at?: string | null;
        };
        NewCheckIn: {
            student_id: string;
            liveness_token: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /** Format: double */
            accuracy_m: number;
            /** Format: date-time */
            captured_at: string;
            device_id?: string | null;
            mocked?: boolean | null;
            /** Format: uuid */
            class_session_id?: string | null;
        };
        NewConsent: {
            state: components["schemas"]["ConsentState"];
            method: string;
            note?: string | null;
        };
        NewDevice: {
            device_id: string;
            name?: string | null;
            scopes?: string[] | null;
        };
        NewHoliday: {
            name: string;
            /** Format: date */
            first_day: string;
            /** Format: date */
            last_day?: string | null;
        };
        NewMark: {
            student_id: string;
            status: components["schemas"]["AttendanceStatus"];
            reason: string;
            /** Format: uuid */
            class_session_id?: string | null;
            /** Format: date-time */
            at?: string | null;
            /** Format: uuid */
            replaces?: string | null;
        };
        NewSession: {
            username?: string | null;
            password?: string | null;
            key?: string | null;
        };
        NewSite: {
            type: components["schemas"]["FeatureType"];
            geometry: components["schemas"]["SiteGeometry"];
            properties: components["schemas"]["SiteProperties"];
        };
        NewStudent: {
            id: string;
            full_name: string;
            /** Format: date */
            birth_date?: string | null;
            class_name?: string | null;
            address?: string | null;
        };
        NewUser: {
            username: string;
            password: string;
            role: components["schemas"]["UserRole"];
            student_id?: string | null;
        };
        NewWebhook: {
            url: string;
            description?: string | null;
            events?: string[] | null;
            headers?: {
                [key: string]: string;
            } | null;
            enabled?: boolean | null;
        };
        Notice: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["NoticeKind"];
            state: components["schemas"]["NoticeState"];
            subject: string | null;
            label: string | null;
            /** Format: date-time */
            at: string | null;
            student_id: string | null;
            other_id: string | null;
            /** Format: double */
            similarity: number | null;
            /** Format: date-time */
            raised_at: string;
            /** Format: date-time */
            resolved_at: string | null;
            /** Format: date-time */
            acknowledged_at: string | null;
            acknowledged_by: string | null;
        };
        /** @enum {string} */
        NoticeChoice: "open" | "all";
        /** @enum {string} */
        NoticeKind: "lookalike" | "camera_silent" | "deliveries_failing" | "backup_overdue" | "certificate_ending";
        NoticePage: {
            items: components["schemas"]["Notice"][];
            /** Format: int32 */
            total: number;
        };
        /** @enum {string} */
        NoticeState: "open" | "acknowledged" | "resolved";
        OwnPasswordChange: {
            current: string;
            password: string;
        };
        Place: {
            /** Format: uuid */
            site_id: string | null;
            site: string | null;
            /** Format: double */
            distance_m: number | null;
            verdict: components["schemas"]["PresenceVerdict"] | null;
        };
        PlaceToMeasure: {
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /** Format: double */
            accuracy_m?: number | null;
        };
        /** @enum {string} */
        PresenceVerdict: "inside" | "outside" | "uncertain";
        ProfileBody: {
            full_name: string;
            /** Format: date */
            birth_date?: string | null;
            class_name?: string | null;
            address?: string | null;
        };
        Recognition: {
            /** Format: int32 */
            width: number;
            /** Format: int32 */
            height: number;
            /** Format: double */
            threshold: number;
            faces: components["schemas"]["RecognizedFace"][];
            timings_ms: {
                [key: string]: number;
            };
        };
        RecognizedFace: {
            box: components["schemas"]["Box"];
            student_id: string | null;
            /** Format: double */
            similarity: number | null;
            /** Format: double */
            distance: number;
            /** Format: double */
            confidence: number;
            full_name: string | null;
            sighting: string | null;
        };
        RecordedSighting: {
            student_id: string;
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            record_id: string | null;
        };
        Replay: {
            /** Format: int32 */
            replayed: number;
        };
        ReplaySpan: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            status?: components["schemas"]["DeliveryStatus"] | null;
        };
        Report: {
            /** Format: date */
            from: string;
            /** Format: date */
            to: string;
            group_by: components["schemas"]["ReportGroup"];
            items: components["schemas"]["ReportRow"][];
            /** Format: int32 */
            total: number;
            totals: components["schemas"]["ReportCounts"];
        };
        ReportCounts: {
            /** Format: int32 */
            present: number;
            /** Format: int32 */
            late: number;
            /** Format: int32 */
            absent: number;
            /** Format: int32 */
            excused: number;
            /** Format: int32 */
            sick: number;
            /** Format: int32 */
            needs_review: number;
            /** Format: int32 */
            minutes_late: number;
            /** Format: double */
            rate: number | null;
        };
        /** @enum {string} */
        ReportGroup: "student" | "class" | "day";
        ReportRow: {
            student_id: string | null;
            full_name: string | null;
            class_name: string | null;
            /** Format: date */
            date: string | null;
            counts: components["schemas"]["ReportCounts"];
        };
        Retention: {
            classes: components["schemas"]["RetentionClass"][];
        };
        RetentionClass: {
            name: string;
            /** Format: int32 */
            days: number;
            /** Format: int64 */
            rows: number;
        };
        RollCall: {
            /** Format: date */
            date: string;
            sessions: components["schemas"]["CalledSession"][];
            /** Format: int32 */
            students: number;
            /** Format: int32 */
            seen: number;
        };
        RollCallCounts: {
            /** Format: int32 */
            present: number;
            /** Format: int32 */
            late: number;
            /** Format: int32 */
            missing: number;
            /** Format: int32 */
            absent: number;
            /** Format: int32 */
            excused: number;
            /** Format: int32 */
            sick: number;
            /** Format: int32 */
            needs_review: number;
        };
        RosterEntry: {
            student_id: string;
            full_name: string | null;
            record: components["schemas"]["AttendanceRecord"] | null;
        };
        RosterPage: {
            items: components["schemas"]["Student"][];
            /** Format: int32 */
            total: number;
        };
        School: {
            name: string;
            code: string;
            time_zone: string;
            time_zone_fixed: boolean;
        };
        SchoolChange: {
            name: string;
            time_zone: string;
        };
        SchoolClass: {
            name: string;
            /** Format: int32 */
            students: number;
        };
        SchoolClassListing: {
            items: components["schemas"]["SchoolClass"][];
        };
        ScoreStep: {
            /** Format: double */
            from: number;
            /** Format: int64 */
            comparisons: number;
        };
        Server: {
            version: string;
            /** Format: date-time */
            started_at: string;
            models: components["schemas"]["ServerModels"];
            gallery: components["schemas"]["GalleryState"];
            deliveries: components["schemas"]["DeliveriesState"];
            inference: components["schemas"]["InferenceState"];
            machine: components["schemas"]["Machine"] | null;
        };
        ServerAddress: {
            addresses: string[];
            qr_svg: string;
            root: components["schemas"]["TlsRoot"] | null;
        };
        ServerModels: {
            profile: string;
            runtime: string;
            contract: string;
            weights: components["schemas"]["Model"][];
        };
        Session: {
            kind: components["schemas"]["CallerKind"];
            username: string | null;
            role: components["schemas"]["UserRole"] | null;
            student_id: string | null;
            scopes: string[];
            csrf_token: string | null;
            school: components["schemas"]["SessionSchool"];
            /** Format: date-time */
            expires_at: string | null;
        };
        SessionSchool: {
            name: string;
            code: string;
            time_zone: string;
            map_tiles: string | null;
        };
        SetUp: {
            needed: boolean;
            allowed: boolean;
            time_zone: string | null;
        };
        SiteCollection: {
            type: components["schemas"]["FeatureCollectionType"];
            features: components["schemas"]["SiteFeature"][];
            /** Format: int32 */
            total: number;
        };
        SiteFeature: {
            type: components["schemas"]["FeatureType"];
            /** Format: uuid */
            id: string;
            geometry: components["schemas"]["SiteGeometry"];
            properties: components["schemas"]["SiteProperties"];
        };
        SiteGeometry: {
            type: components["schemas"]["GeometryType"];
            coordinates: unknown[];
        };
        SiteProperties: {
            name: string;
            /** Format: double */
            radius_m?: number;
        };
        StrangerRate: {
            /** Format: double */
            rate: number | null;
            /** Format: double */
            low: number;
            /** Format: double */
            high: number;
            /** Format: double */
            calibrated: number | null;
        };
        StrangersNamed: {
            /** Format: double */
            set: number | null;
            /** Format: double */
            estimated: number | null;
            /** Format: double */
            measured: number | null;
        };
        Student: {
            id: string;
            full_name: string | null;
            /** Format: date */
            birth_date: string | null;
            class_name: string | null;
            address: string | null;
            /** Format: int32 */
            embedding_count: number;
            /** Format: date-time */
            last_enrolled_at: string | null;
        };
        TemplateKey: {
            id: string;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            secrets: number;
            is_here: boolean;
        };
        TemplateKeys: {
            current_key: string;
            /** Format: int64 */
            remaining: number;
            keys: components["schemas"]["TemplateKey"][];
        };
        TlsRoot: {
            sha256: string;
            /** Format: date-time */
            not_after: string;
        };
        User: {
            /** Format: int64 */
            number: number;
            username: string;
            role: components["schemas"]["UserRole"];
            student_id: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            disabled_at: string | null;
        };
        UserChange: {
            password?: string | null;
            disabled?: boolean | null;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** Format: int32 */
            total: number;
        };
        /** @enum {string} */
        UserRole: "student" | "operator" | "device" | "admin";
        Verification: {
            match: boolean;
            /** Format: double */
            similarity: number;
            /** Format: double */
            threshold: number;
        };
        Webhook: {
            /** Format: uuid */
            id: string;
            url: string;
            description: string;
            events: string[];
            header_names: string[];
            enabled: boolean;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            /** Format: date-time */
            disabled_at: string | null;
            /** Format: date-time */
            failing_since: string | null;
            /** Format: date-time */
            previous_secret_until: string | null;
            built_in: boolean;
            /** Format: date-time */
            created_at: string | null;
        };
        WebhookChange: {
            url?: string | null;
            description?: string | null;
            events?: string[] | null;
            headers?: {
                [key: string]: string;
            } | null;
            enabled?: boolean | null;
        };
        WebhookListing: {
            items: components["schemas"]["Webhook"][];
        };
        WebhookWithSecret: {
            /** Format: uuid */
            id: string;
            url: string;
            description: string;
            events: string[];
            header_names: string[];
            enabled: boolean;
            disabled_reason: components["schemas"]["DisabledReason"] | null;
            /** Format: date-time */
            disabled_at: string | null;
            /** Format: date-time */
            failing_since: string | null;
            /** Format: date-time */
            previous_secret_until: string | null;
            built_in: boolean;
            /** Format: date-time */
            created_at: string | null;
            secret: string;
        };
        WrongName: {
            student_id?: string | null;
            reason: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    GetAttendanceReport: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                group_by?: string;
                order?: string;
                class_name?: string;
                student_id?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
        };
    };
    ExportAttendanceReport: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                group_by?: string;
                order?: string;
                class_name?: string;
                student_id?: string;
                bom?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    ListAttendance: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                student_id?: string;
                class_name?: string;
                status?: components["schemas"]["AttendanceStatus"];
                origin?: components["schemas"]["AttendanceOrigin"];
                class_session_id?: string;
                needs_review?: boolean;
                corrected?: boolean;
                bom?: boolean;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendancePage"];
                    "text/csv": string;
                };
            };
        };
    };
    ExportAttendance: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                student_id?: string;
                class_name?: string;
                status?: components["schemas"]["AttendanceStatus"];
                origin?: components["schemas"]["AttendanceOrigin"];
                class_session_id?: string;
                needs_review?: boolean;
                corrected?: boolean;
                bom?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    CorrectAttendance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WrongName"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Correction"];
                };
            };
        };
    };
    UndoCorrection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListCameras: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CameraPage"];
                };
            };
        };
    };
    AddCamera: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CameraBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Camera"];
                };
            };
        };
    };
    GetCamera: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Camera"];
                };
            };
        };
    };
    ReplaceCamera: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CameraBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Camera"];
                };
            };
        };
    };
    RemoveCamera: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    GetCameraStill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                };
            };
        };
    };
    CheckIn: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCheckIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckInAccepted"];
                };
            };
        };
    };
    MarkAttendance: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMark"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendanceRecord"];
                };
            };
        };
    };
    GetRollCall: {
        parameters: {
            query?: {
                date?: string;
                class_name?: string;
                entries?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RollCall"];
                };
            };
        };
    };
    ListClassSessions: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassSessionListing"];
                };
            };
        };
    };
    AnnounceClassSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClassSessionAnnouncement"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassSessionWithAttendance"];
                };
            };
        };
    };
    GetClassSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassSessionWithAttendance"];
                };
            };
        };
    };
    ReplaceClassSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClassSessionAnnouncement"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassSessionWithAttendance"];
                };
            };
        };
    };
    RemoveClassSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListDevices: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePage"];
                };
            };
        };
    };
    AddDevice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDevice"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedDevice"];
                };
            };
        };
    };
    RemoveDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    BeatDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListApiKeys: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
        };
    };
    MakeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedApiKey"];
                };
            };
        };
    };
    RotateApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyRotation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedApiKey"];
                };
            };
        };
    };
    RevokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    GetSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    OpenSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    CloseSession: {
        parameters: {
            query?: {
                everywhere?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ChangeOwnPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnPasswordChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    ListNotices: {
        parameters: {
            query?: {
                state?: components["schemas"]["NoticeChoice"];
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticePage"];
                };
            };
        };
    };
    AcknowledgeNotice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notice"];
                };
            };
        };
    };
    GetErasure: {
        parameters: {
            query?: {
                student_id?: string;
            };
            header?: never;
            path: {
                receiptId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureProof"];
                };
            };
        };
    };
    GetTemplateKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateKeys"];
                };
            };
        };
    };
    RotateTemplateKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyRotation"];
                };
            };
        };
    };
    ListAudit: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                actor?: string;
                action?: string;
                subject?: string;
                before?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
        };
    };
    VerifyAudit: {
        parameters: {
            query?: {
                rows?: number;
                head?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerdict"];
                };
            };
        };
    };
    GetConsent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consent"];
                };
            };
        };
    };
    RecordConsent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConsent"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consent"];
                };
            };
        };
    };
    EraseStudent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
        };
    };
    ExportStudent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    PreviewRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    RunRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    VerifyFace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    student_id: string;
                    /** Format: binary */
                    image: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
        };
    };
    ScoreGallery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GalleryScores"];
                };
            };
        };
    };
    SurveyGallery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GallerySurvey"];
                };
            };
        };
    };
    RecognizeFaces: {
        parameters: {
            query?: {
                hold?: boolean;
                device_id?: string;
                location_id?: string;
                class_id?: string;
                session_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    image: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recognition"];
                };
            };
        };
    };
    RecordSighting: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GivenSighting"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordedSighting"];
                };
            };
        };
    };
    GetSchool: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["School"];
                };
            };
        };
    };
    ChangeSchool: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SchoolChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["School"];
                };
            };
        };
    };
    GetSetUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetUp"];
                };
            };
        };
    };
    SetUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FirstSetUpOrder"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    GetServerAddress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerAddress"];
                };
            };
        };
    };
    GetServer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
        };
    };
    ListSites: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": components["schemas"]["SiteCollection"];
                };
            };
        };
    };
    AddSite: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSite"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": components["schemas"]["SiteFeature"];
                };
            };
        };
    };
    MeasurePlace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceToMeasure"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Place"];
                };
            };
        };
    };
    GetSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": components["schemas"]["SiteFeature"];
                };
            };
        };
    };
    ReplaceSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSite"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": components["schemas"]["SiteFeature"];
                };
            };
        };
    };
    RemoveSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    GetEvidencePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidencePolicy"];
                };
            };
        };
    };
    ChooseEvidencePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvidencePolicyChoice"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidencePolicy"];
                };
            };
        };
    };
    BrowseStudents: {
        parameters: {
            query?: {
                q?: string;
                class_name?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RosterPage"];
                };
            };
        };
    };
    AddStudent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStudent"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Student"];
                };
            };
        };
    };
    ListClasses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchoolClassListing"];
                };
            };
        };
    };
    ImportRoster: {
        parameters: {
            query?: {
                dry_run?: boolean;
                central?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    roster: string;
                    /** Format: binary */
                    photos?: string;
                };
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    GetStudent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Student"];
                };
            };
        };
    };
    ReplaceProfile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Student"];
                };
            };
        };
    };
    RemoveStudent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListFaces: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaceTemplateListing"];
                };
            };
        };
    };
    AddFace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    image: string;
                    override_duplicate?: string;
                    override_another_person?: string;
                    reason?: string;
                    central?: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedFace"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedFace"];
                };
            };
        };
    };
    RemoveFace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                faceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ImportTimetable: {
        parameters: {
            query?: {
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    timetable: string;
                };
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    ListLessons: {
        parameters: {
            query?: {
                class_name?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LessonPage"];
                };
            };
        };
    };
    AddLesson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LessonBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    GetLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    ReplaceLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LessonBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
        };
    };
    RemoveLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListHolidays: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayListing"];
                };
            };
        };
    };
    AddHoliday: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHoliday"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Holiday"];
                };
            };
        };
    };
    RemoveHoliday: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListUsers: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
        };
    };
    AddUser: {
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
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    ChangeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    LogOutUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookListing"];
                };
            };
        };
    };
    MakeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
        };
    };
    GetWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    RemoveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ChangeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    RotateWebhookSecret: {
        parameters: {
            query?: {
                overlap_hours?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
        };
    };
    TestWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryWithBody"];
                };
            };
        };
    };
    ReplayDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplaySpan"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
        };
    };
    ListDeliveries: {
        parameters: {
            query?: {
                status?: components["schemas"]["DeliveryStatus"];
                from?: string;
                to?: string;
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
        };
    };
    GetDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryWithBody"];
                };
            };
        };
    };
    ReplayDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryWithBody"];
                };
            };
        };
    };
}
