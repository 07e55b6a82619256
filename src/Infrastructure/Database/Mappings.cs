using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceAttendance.Infrastructure.Database;

internal sealed class StudentRow
{
    public Guid SchoolId { get; init; }

    public required string Id { get; init; }

    public string? FullName { get; init; }

    public DateOnly? BirthDate { get; init; }

    public string? ClassName { get; init; }

    public string? Address { get; init; }
}

/// <summary>A template without its embedding, which only the gallery reads.</summary>
internal sealed class TemplateRow
{
    public Guid SchoolId { get; init; }

    public Guid Id { get; init; }

    public required string StudentId { get; init; }

    public required string Contract { get; init; }

    public DateTimeOffset EnrolledAt { get; init; }
}

internal sealed class AttendanceDayRow
{
    public Guid SchoolId { get; init; }

    public required string StudentId { get; init; }

    public DateOnly Date { get; init; }

    public DateTimeOffset FirstSeen { get; init; }

    public DateTimeOffset LastSeen { get; init; }

    public int Hits { get; init; }
}

internal sealed class StudentMapping : IEntityTypeConfiguration<StudentRow>
{
    public void Configure(EntityTypeBuilder<StudentRow> builder)
    {
        builder.ToTable("students").HasKey(s => new { s.SchoolId, s.Id });
        builder.Property(s => s.SchoolId).HasColumnName("school_id");
        builder.Property(s => s.Id).HasColumnName("id").HasMaxLength(64);
        builder.Property(s => s.FullName).HasColumnName("full_name").HasMaxLength(200);
        builder.Property(s => s.BirthDate).HasColumnName("birth_date");
        builder.Property(s => s.ClassName).HasColumnName("class_name").HasMaxLength(100);
        builder.Property(s => s.Address).HasColumnName("address").HasMaxLength(500);
    }
}

internal sealed class TemplateMapping : IEntityTypeConfiguration<TemplateRow>
{
    public void Configure(EntityTypeBuilder<TemplateRow> builder)
    {
        builder.ToTable("templates").HasKey(t => new { t.SchoolId, t.Id });
        builder.Property(t => t.SchoolId).HasColumnName("school_id");
        builder.Property(t => t.Id).HasColumnName("id");
        builder.Property(t => t.StudentId).HasColumnName("student_id").HasMaxLength(64);
        builder.Property(t => t.Contract).HasColumnName("contract").HasMaxLength(200);
        builder.Property(t => t.EnrolledAt).HasColumnName("enrolled_at");
    }
}

internal sealed class AttendanceDayMapping : IEntityTypeConfiguration<AttendanceDayRow>
{
    public void Configure(EntityTypeBuilder<AttendanceDayRow> builder)
    {
        builder.ToTable("attendance_days").HasKey(d => new { d.SchoolId, d.StudentId, d.Date });
        builder.Property(d => d.SchoolId).HasColumnName("school_id");
        builder.Property(d => d.StudentId).HasColumnName("student_id").HasMaxLength(64);
        builder.Property(d => d.Date).HasColumnName("date");
        builder.Property(d => d.FirstSeen).HasColumnName("first_seen");
        builder.Property(d => d.LastSeen).HasColumnName("last_seen");
        builder.Property(d => d.Hits).HasColumnName("hits");
    }
}
