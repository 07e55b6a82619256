using Microsoft.EntityFrameworkCore;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// The tables that are read with queries composed in C#. Nothing is tracked. What needs a lock, a RETURNING or an ON CONFLICT is SQL in the
/// adapter that needs it.
/// </summary>
internal sealed class AttendanceDb(DbContextOptions<AttendanceDb> options) : DbContext(options)
{
    public DbSet<StudentRow> Students => Set<StudentRow>();

    public DbSet<TemplateRow> Templates => Set<TemplateRow>();

    public DbSet<AttendanceDayRow> AttendanceDays => Set<AttendanceDayRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfiguration(new StudentMapping());
        modelBuilder.ApplyConfiguration(new TemplateMapping());
        modelBuilder.ApplyConfiguration(new AttendanceDayMapping());
    }
}
