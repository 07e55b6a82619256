namespace FaceAttendance.WebApi.OpenApi;

/// <summary>A capability, under which the description gathers its routes.</summary>
internal sealed record ApiGroup(string Name, string Description)
{
    public static readonly ApiGroup Enrolment = new("Enrolment", "A student's face is stored as a template; the photo is not kept.");
    public static readonly ApiGroup Recognition = new("Recognition", "Who is in a picture, and what the school is told of it.");
    public static readonly ApiGroup Students = new("Students", "Whom the school knows, as existing clients ask for them.");
    public static readonly ApiGroup Attendance = new("Attendance", "Who was seen on which days.");
    public static readonly ApiGroup Presence = new("Presence", "Whether a position lies at one of the school's sites.");
    public static readonly ApiGroup OwnFace = new("Own face", "A student's own face, by the token alone.");
    public static readonly ApiGroup LogIn = new("Log-in", "Tokens for users.");
    public static readonly ApiGroup Live = new("Live", "WebSockets; docs/sockets.md describes every message.");
    public static readonly ApiGroup Server = new("Server", "How the server is, and a receiver to try webhooks with.");
    public static readonly ApiGroup Recognitions = new(
        "Recognition, v1", "Pictures against all students, against one, and students against each other.");
    public static readonly ApiGroup StudentResources = new("Students, v1", "Students, their face templates, and rosters.");
    public static readonly ApiGroup AttendanceRecords = new("Attendance, v1", "Attendance records, in pages or as CSV.");
    public static readonly ApiGroup ClassSessions = new("Class sessions, v1", "Lessons and days with a roster, and marks by hand.");
    public static readonly ApiGroup Timetable = new(
        "Timetable, v1", "Lessons that come again every week; class sessions are made of them.");
    public static readonly ApiGroup CheckIns = new("Check-ins, v1", "Liveness, place and time bound into one decision.");
    public static readonly ApiGroup Sites = new("Sites, v1", "Where students are to be, in GeoJSON.");
    public static readonly ApiGroup SchoolResource = new(
        "School, v1", "The school's name and time zone, and its first administrator.");
    public static readonly ApiGroup Users = new("Users, v1", "Who may log in.");
    public static readonly ApiGroup Keys = new("Keys, v1", "Credentials of programs.");
    public static readonly ApiGroup Devices = new("Devices, v1", "Cameras, kiosks and gates, each with a key of its own.");
    public static readonly ApiGroup Cameras = new("Cameras, v1", "Cameras that the server itself looks through.");
    public static readonly ApiGroup Webhooks = new("Webhooks, v1", "Who is told of events, and what became of each delivery.");
    public static readonly ApiGroup Notices = new("Notices, v1", "What staff must know of.");
    public static readonly ApiGroup Privacy = new("Privacy, v1", "Consent, erasure, export, retention, and the audit log.");

    /// <summary>In the order in which they are shown.</summary>
    public static readonly IReadOnlyList<ApiGroup> All =
    [
        Enrolment, Recognition, Students, Attendance, Presence, OwnFace, LogIn, Live, Server,
        Recognitions, StudentResources, AttendanceRecords, ClassSessions, Timetable, CheckIns,
        Sites, SchoolResource, Users, Keys, Devices, Cameras, Webhooks, Notices, Privacy,
    ];
}
