using FaceAttendance.Application.Recognition;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Cameras;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Enrollment;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Liveness;
using FaceAttendance.Infrastructure.Notices;
using FaceAttendance.Infrastructure.Operations;
using FaceAttendance.Infrastructure.Presence;
using FaceAttendance.Infrastructure.Privacy;
using FaceAttendance.Infrastructure.Schools;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.Infrastructure.Students;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure;

/// <summary>Registers what stores, finds, delivers and tells, room by room.</summary>
public static class InfrastructureServices
{
    /// <summary>Needs <see cref="IFaceAnalyzer"/>, a configuration and logging from elsewhere.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services) => services
        .AddDatabase()
        .AddSecrets()
        .AddOperations()
        .AddAccess()
        .AddSchools()
        .AddPrivacy()
        .AddStudents()
        .AddEnrollment()
        .AddGallery()
        .AddAttendance()
        .AddPresence()
        .AddCameras()
        .AddLiveness()
        .AddEvents()
        .AddNotices()
        .AddBroadcast();
}
